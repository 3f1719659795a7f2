/** Series and samples that are not in a block yet: rows, open chunks, lookup, commit, replay. */
@NullMarked
package dev.cairndb.tsdb.internal.head;

import org.jspecify.annotations.NullMarked;
