/** Making one block of several. */
@NullMarked
package dev.cairndb.tsdb.internal.compact;

import org.jspecify.annotations.NullMarked;
