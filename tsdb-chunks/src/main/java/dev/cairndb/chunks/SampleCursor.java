package dev.cairndb.chunks;

import java.io.IOException;

/**
 * Walks samples in ascending time. Before the first {@link #next} or {@link #seek} and after one returned false there
 * is no sample, and the accessors' results are undefined. Not thread-safe. A cursor may be reused by its source for the
 * next series: what it returned before is then invalid.
 */
public interface SampleCursor {
    /** Moves to the next sample; false at the end. */
    boolean next() throws IOException;

    /**
     * Moves to the first sample at or after {@code timestampMillis}, staying where it is if the present one qualifies;
     * never moves backwards. False if there is none, and the cursor is then at its end.
     */
    boolean seek(long timestampMillis) throws IOException;

    SampleKind kind();

    long timestampMillis();

    /**
     * The value of a {@link SampleKind#FLOAT}.
     *
     * @throws IllegalStateException for another kind
     */
    double value();

    /** The IEEE bits of {@link #value()}, NaN payloads included. */
    long valueBits();

    /**
     * The value of a {@link SampleKind#HISTOGRAM} or {@link SampleKind#FLOAT_HISTOGRAM}: a view that is overwritten
     * when the cursor moves.
     *
     * @throws IllegalStateException for another kind
     */
    HistogramSample histogram();

    /**
     * When the counter of this sample started to count; 0 if that is not known. Only {@link ChunkEncoding#XOR2} keeps
     * it.
     */
    long startTimestampMillis();
}
