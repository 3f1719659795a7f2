package dev.cairndb.tsdb.internal.query;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.HistogramAppender;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.chunks.XorAppender;
import java.io.IOException;

/**
 * Encodes what a cursor gives, one chunk at a time: a chunk ends where the kind of the samples changes, when it has as many
 * as it may have, and where its encoding cannot take the next sample. Reused; not thread-safe. The bytes of a chunk are
 * valid until the next one is asked for.
 */
final class ChunkEncoder {
    private final XorAppender xor = new XorAppender();
    private final HistogramAppender histograms = new HistogramAppender();
    private byte[] floats = {};
    private int samplesMax;
    private boolean ended = true;
    /** Whether the histogram that comes next did not fit into the chunk before. */
    private boolean refused;

    /** Starts with the next sample of the cursor. */
    void start(SampleCursor samples, int newSamplesMax) throws IOException {
        samplesMax = newSamplesMax;
        refused = false;
        ended = !samples.next();
    }

    /** Encodes the next chunk; false if there are no samples left. */
    boolean next(SampleCursor samples, EncodedChunk target) throws IOException {
        if (ended) {
            return false;
        }
        switch (samples.kind()) {
            case FLOAT -> encodeXor(samples, target);
            case HISTOGRAM -> encodeHistograms(samples, ChunkEncoding.HISTOGRAM, target);
            case FLOAT_HISTOGRAM -> encodeHistograms(samples, ChunkEncoding.FLOAT_HISTOGRAM, target);
        }
        return true;
    }

    private void encodeXor(SampleCursor samples, EncodedChunk target) throws IOException {
        xor.start(floatRoom(XorAppender.MAX_BYTES_PER_SAMPLE), 0);
        long min = samples.timestampMillis();
        do {
            xor.append(samples.timestampMillis(), samples.valueBits());
            ended = !samples.next();
        } while (!ended && samples.kind() == SampleKind.FLOAT && xor.count() < samplesMax);
        target.wrap(ChunkEncoding.XOR, min, xor.lastTimestampMillis(), floats, 0, xor.byteLength());
    }

    /** A chunk that ends because it is full says nothing to the next one's header, as in Prometheus (storage/series.go). */
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
