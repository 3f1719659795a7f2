package dev.cairndb.tsdb.internal.head;

import dev.cairndb.tsdb.FloatEncoding;
import dev.cairndb.tsdb.TsdbOptions.SeriesLimits;

/**
 * @param chunkRangeMillis no chunk crosses a multiple of this; the length of blocks
 * @param futureGuardMillis how far ahead of the wall clock a sample may be
 * @param lateWindowMillis how far behind the head's newest sample a late one may be; 0 for no late samples
 * @param floatEncoding of new chunks
 * @param exemplarsMax exemplars that are kept
 * @param metadataBytesMax memory for metadata
 */
public record HeadSettings(
        long chunkRangeMillis,
        long futureGuardMillis,
        long lateWindowMillis,
        SeriesLimits limits,
        FloatEncoding floatEncoding,
        int exemplarsMax,
        long metadataBytesMax) {}
