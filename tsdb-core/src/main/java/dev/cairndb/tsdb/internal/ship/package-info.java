/** Sending finished blocks to a bucket, where Thanos reads them. */
@NullMarked
package dev.cairndb.tsdb.internal.ship;

import org.jspecify.annotations.NullMarked;
