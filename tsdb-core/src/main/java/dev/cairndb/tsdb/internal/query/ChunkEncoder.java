package dev.cairndb.tsdb.internal.query;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.FloatAppender;
import dev.cairndb.chunks.HistogramAppender;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.chunks.Xor2Appender;
import dev.cairndb.chunks.XorAppender;
import java.io.IOException;

/**
 * Encodes what a cursor gives, one chunk at a time: a chunk ends where the kind of the samples changes, when it has as
 * many as it may have, and where its encoding cannot take the next sample. Reused; not thread-safe. The bytes of a
 * chunk are valid until the next one is asked for.
 */
final class ChunkEncoder {
    private final XorAppender xor = new XorAppender();
    private final Xor2Appender xor2 = new Xor2Appender();
    private final HistogramAppender histograms = new HistogramAppender();
    private byte[] floats = {};
    private int samplesMax;
    private ChunkEncoding floatEncoding = ChunkEncoding.XOR;
    private boolean ended = true;
    /** Whether the histogram that comes next did not fit into the chunk before. */
    private boolean refused;

    /**
     * Starts with the next sample of the cursor.
     *
     * @param newFloatEncoding of floats without a start timestamp
     */
    void start(SampleCursor samples, int newSamplesMax, ChunkEncoding newFloatEncoding) throws IOException {
        samplesMax = newSamplesMax;
        floatEncoding = newFloatEncoding;
        refused = false;
        ended = !samples.next();
    }

    /** Encodes the next chunk; false if there are no samples left. */
    boolean next(SampleCursor samples, EncodedChunk target) throws IOException {
        if (ended) {
            return false;
        }
        switch (samples.kind()) {
            case FLOAT -> encodeFloats(samples, target);
            case HISTOGRAM -> encodeHistograms(samples, ChunkEncoding.HISTOGRAM, target);
            case FLOAT_HISTOGRAM -> encodeHistograms(samples, ChunkEncoding.FLOAT_HISTOGRAM, target);
        }
        return true;
    }

    /** Samples with a start timestamp need an encoding that has room for it. */
    private void encodeFloats(SampleCursor samples, EncodedChunk target) throws IOException {
        boolean withStarts = floatEncoding == ChunkEncoding.XOR2 || samples.startTimestampMillis() != 0;
        FloatAppender appender = withStarts ? xor2 : xor;
        appender.start(floatRoom(appender.bytesPerSampleMax()), 0);
        long min = samples.timestampMillis();
        do {
            appender.append(samples.timestampMillis(), samples.startTimestampMillis(), samples.valueBits());
            ended = !samples.next();
        } while (!ended
                && samples.kind() == SampleKind.FLOAT
                && appender.count() < samplesMax
                && (withStarts || samples.startTimestampMillis() == 0));
        target.wrap(appender.encoding(), min, appender.lastTimestampMillis(), floats, 0, appender.byteLength());
    }

    /**
     * A chunk that ends because it is full says nothing to the next one's header, as in Prometheus (storage/series.go).
     */
    private void encodeHistograms(SampleCursor samples, ChunkEncoding encoding, EncodedChunk target)
            throws IOException {
        if (refused) {
            histograms.startNext(encoding);
        } else {
            histograms.start(encoding);
        }
        SampleKind kind = samples.kind();
        long min = samples.timestampMillis();
        do {
            refused = !histograms.append(samples.timestampMillis(), samples.histogram());
            if (refused) {
                break;
            }
            ended = !samples.next();
        } while (!ended && samples.kind() == kind && histograms.sampleCount() < samplesMax);
        if (histograms.sampleCount() == 0) {
            throw new IllegalStateException("BUG: no chunk takes the histogram at " + min);
        }
        target.wrap(encoding, min, histograms.lastTimestampMillis(), histograms.array(), 0, histograms.byteLength());
    }

    private byte[] floatRoom(int bytesPerSample) {
        int bytes = (samplesMax + 2) * bytesPerSample + 7 & ~7;
        if (floats.length < bytes) {
            floats = new byte[bytes];
        }
        return floats;
    }
}
