/** The write-ahead log: segments, records, group commit, checkpoints, replay and repair, in Prometheus' format. */
@NullMarked
package dev.cairndb.tsdb.internal.wal;

import org.jspecify.annotations.NullMarked;
