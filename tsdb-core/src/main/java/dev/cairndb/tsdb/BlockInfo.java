package dev.cairndb.tsdb;

/**
 * A block of a store.
 *
 * @param ulid its name
 * @param minTimestampMillis start of its range, inclusive
 * @param maxTimestampMillis end of its range, exclusive
 * @param seriesCount series in it
 * @param sampleCount samples in it
 * @param chunkCount chunks in it
 * @param sizeBytes bytes on disk
 * @param compactionLevel 1 if cut from the head
 * @param late whether all its samples were late ones
 */
public record BlockInfo(
        String ulid,
        long minTimestampMillis,
        long maxTimestampMillis,
        long seriesCount,
        long sampleCount,
        long chunkCount,
        long sizeBytes,
        int compactionLevel,
        boolean late) {}
