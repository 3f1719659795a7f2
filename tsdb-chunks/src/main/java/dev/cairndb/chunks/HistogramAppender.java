package dev.cairndb.chunks;

/**
 * Appends native histograms to a chunk in {@link ChunkEncoding#HISTOGRAM} or {@link ChunkEncoding#FLOAT_HISTOGRAM}. One
 * object for each series with such an open chunk: it owns the chunk's bytes, and knows the layout of its buckets, the last
 * sample, and what the chunk before this one ended with.
 *
 * <p>The layout of a chunk is that of its first sample. A sample with other buckets is fitted in where no information is
 * lost: the chunk is written anew with the sample's new buckets, and the sample with the chunk's empty ones. Everything
 * else (a counter reset, another schema, zero threshold or custom bounds, a gauge after a counter, anything but a stale
 * marker after a stale marker) needs a new chunk, and {@link #append} says so. The same samples with the same cuts give
 * the bytes that Prometheus writes (tsdb/chunkenc/histogram.go, float_histogram.go).
 *
 * <p>Readers: another thread that learned {@link #array}, {@link #bitLength} and {@link #sampleCount} (safely published) can
 * decode that many samples while later ones are appended; it must not look at the count in the chunk's header. An array
 * that was replaced, by growth, recoding or a new chunk, is not written again. Not thread-safe otherwise.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class HistogramAppender {
    /** Samples a chunk can hold; its header has 16 bits for them. */
    public static final int SAMPLES_MAX = 0xFFFF;

    private final byte[] bytes = new byte[0];

    /**
     * Begins an empty chunk in a new array, as the first of a series or after floats: there is nothing that its first
     * sample could be compared with.
     *
     * @param encoding {@link ChunkEncoding#HISTOGRAM} or {@link ChunkEncoding#FLOAT_HISTOGRAM}
     */
    public void start(ChunkEncoding encoding) {
        throw new UnsupportedOperationException();
    }

    /**
     * Begins an empty chunk in a new array, after the present one, which the caller has taken: because it was full, or
     * because {@link #append} refused a sample. The new chunk's header will say whether there was a counter reset between
     * the two.
     *
     * @param encoding {@link ChunkEncoding#HISTOGRAM} or {@link ChunkEncoding#FLOAT_HISTOGRAM}; not that of the chunk
     *     before means {@link #start}
     */
    public void startNext(ChunkEncoding encoding) {
        throw new UnsupportedOperationException();
    }

    /**
     * Goes on with a chunk that was read from a file, as if its samples had been appended here; nothing is known of what
     * came before it. The bytes are copied.
     */
    public void load(EncodedChunk chunk) throws java.io.IOException {
        throw new UnsupportedOperationException();
    }

    /**
     * Appends a valid histogram ({@link HistogramChecks}). Timestamps are expected to ascend, but any are encoded
     * faithfully.
     *
     * @return false if the sample needs a chunk of its own: nothing changed; after {@link #startNext} it is taken
     * @throws IllegalArgumentException if the sample is not of the chunk's encoding, or its spans and buckets differ in number
     */
    public boolean append(long timestampMillis, HistogramSample sample) {
        throw new UnsupportedOperationException();
    }

    /** The encoding of the present chunk. */
    public ChunkEncoding encoding() {
        throw new UnsupportedOperationException();
    }

    /** The chunk's bytes from index 0 on, its header included; {@link #append} may replace the array. */
    public byte[] array() {
        return bytes;
    }

    /** Bytes of the chunk so far; the unused bits of the last one are zero. */
    public int byteLength() {
        throw new UnsupportedOperationException();
    }

    /** Bits of the chunk so far. */
    public int bitLength() {
        throw new UnsupportedOperationException();
    }

    public int sampleCount() {
        throw new UnsupportedOperationException();
    }

    /** Undefined in an empty chunk. */
    public long lastTimestampMillis() {
        throw new UnsupportedOperationException();
    }

    /**
     * The last sample, as a view that the next {@link #append} overwrites; undefined in an empty chunk. It has the layout of
     * the chunk, so there may be empty buckets that the appended one did not have:
     * {@link HistogramChecks#areEqual} does not mind them.
     */
    public HistogramSample last() {
        throw new UnsupportedOperationException();
    }

    /** About how much memory this object and its arrays take. */
    public long memoryBytes() {
        throw new UnsupportedOperationException();
    }
}
