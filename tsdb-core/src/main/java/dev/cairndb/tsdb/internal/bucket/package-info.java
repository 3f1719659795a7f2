/** Blocks that are read where they lie in a bucket. */
@NullMarked
package dev.cairndb.tsdb.internal.bucket;

import org.jspecify.annotations.NullMarked;
