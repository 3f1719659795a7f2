/** Exemplars of the head: the newest ones of all series, in a ring. */
@NullMarked
package dev.cairndb.tsdb.internal.exemplar;

import org.jspecify.annotations.NullMarked;
