/** Limits on how much is written and read at a time. */
@NullMarked
package dev.cairndb.tsdb.internal.limit;

import org.jspecify.annotations.NullMarked;
