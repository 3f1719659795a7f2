package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.chunks.HistogramSample;
import java.io.IOException;

/**
 * Takes what log records say, in log order. A record is checked to its end before the first of its entries is given.
 * Arrays and histograms are lent for the duration of a call. An exception stops the reading.
 *
 * <p>References may be unknown: the record of their series was lost, or never needed any more. They must not be given
 * to new series either, or a checkpoint could make these samples theirs.
 */
public interface RecordHandler {
    /**
     * Prometheus names a chunk of its head by 40 bits of the series' reference: a larger one cannot have been given.
     */
    long SERIES_REF_MAX = (1L << 40) - 1;

    /**
     * A series was created. The same labels may come again under another reference.
     *
     * @param labels holds packed labels: for each label uvarint length and bytes of the name, then of the value. They
     *     are well-formed; that names ascend and are unique is for the handler to check.
     */
    void series(long seriesRef, byte[] labels, int offset, int length) throws IOException;

    /**
     * Float samples; the first {@code count} places of each array belong together.
     *
     * @param startTimestampsMillis 0 where none is known
     */
    void samples(long[] seriesRefs, long[] timestampsMillis, long[] startTimestampsMillis, long[] valueBits, int count)
            throws IOException;

    /** Samples of a series from min to max, both inclusive, were deleted. */
    void tombstone(long seriesRef, long minTimestampMillis, long maxTimestampMillis) throws IOException;

    /**
     * A native histogram. Its spans and buckets fit together and its schema is one of those that
     * {@link HistogramSample} names; whether its counts make sense is not checked.
     *
     * @param startTimestampMillis 0 if none is known
     */
    default void histogram(long seriesRef, long timestampMillis, long startTimestampMillis, HistogramSample histogram)
            throws IOException {}

    /** @param labels packed labels of the exemplar, as in {@link #series} */
    default void exemplar(long seriesRef, long timestampMillis, long valueBits, byte[] labels, int offset, int length)
            throws IOException {}

    /**
     * What is known of a series' metric; replaces what came before.
     *
     * @param type 0 unknown, 1 counter, 2 gauge, 3 histogram, 4 gauge histogram, 5 summary, 6 info, 7 state set; other
     *     numbers are possible
     * @param bytes unit and help in UTF-8, unchecked
     */
    default void metadata(
            long seriesRef, int type, byte[] bytes, int unitOffset, int unitLength, int helpOffset, int helpLength)
            throws IOException {}

    /**
     * A late chunk of the series was written to chunks_head. Its samples, and all others of the series that the log of
     * late samples has before this, are in such chunks; if they are not there, the marker does not hold. Only that log
     * has markers.
     *
     * @param headChunkReference file and offset of the chunk; Prometheus also writes 0, for no chunk
     */
    default void mmapMarker(long seriesRef, long headChunkReference) throws IOException {}
}
