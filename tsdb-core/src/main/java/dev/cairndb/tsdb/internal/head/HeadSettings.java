package dev.cairndb.tsdb.internal.head;

import dev.cairndb.tsdb.FloatEncoding;
import dev.cairndb.tsdb.TsdbOptions.SeriesLimits;

/**
 * @param chunkRangeMillis no chunk crosses a multiple of this; the length of blocks
 * @param futureGuardMillis how far ahead of the wall clock a sample may be
 * @param floatEncoding of new chunks
 * @param exemplarsMax exemplars that are kept
 * @param metadataBytesMax memory for metadata
 */
public record HeadSettings(
        long chunkRangeMillis,
        long futureGuardMillis,
        SeriesLimits limits,
        FloatEncoding floatEncoding,
        int exemplarsMax,
        long metadataBytesMax) {}
