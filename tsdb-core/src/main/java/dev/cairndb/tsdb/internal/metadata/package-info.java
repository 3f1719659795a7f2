/** Type, help and unit of metric families. */
@NullMarked
package dev.cairndb.tsdb.internal.metadata;

import org.jspecify.annotations.NullMarked;
