/** Series and samples of head and blocks together: selection, merge, cursors. */
@NullMarked
package dev.cairndb.tsdb.internal.query;

import org.jspecify.annotations.NullMarked;
