package dev.cairndb.tsdb.internal.bucket;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.chunks.XorAppender;
import dev.cairndb.tsdb.internal.query.ChunkLoader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The counter of a downsampled series as one that was never reset. In each chunk the counter goes on from its first raw
 * value, across resets; the last raw value stands behind it, with the time of the sample in front of it, and says
 * whether there was a reset between that chunk and the next (Thanos: pkg/compact/downsample/downsample.go,
 * ApplyCounterResetsSeriesIterator). Reused for series after series; not thread-safe.
 */
final class CounterChunks implements ChunkLoader {
    private static final int SAMPLES_MAX = 120;

    private final ChunkCursors cursors = new ChunkCursors();
    private final List<byte[]> chunks = new ArrayList<>();
    private long[] minMillis = new long[8];
    private long[] maxMillis = new long[8];

    private boolean started;
    private long lastMillis;
    private double lastRaw;
    private double total;

    private final byte[] buffer = new byte[SAMPLES_MAX * XorAppender.MAX_BYTES_PER_SAMPLE + 64];
    private final XorAppender appender = new XorAppender();
    private int samples;
    private long firstMillis;

    void clear() {
        chunks.clear();
        started = false;
        samples = 0;
    }

    /** Adds a chunk that lies behind those before it; its samples are copied. */
    void add(EncodedChunk chunk) throws IOException {
        SampleCursor cursor = cursors.open(chunk);
        while (cursor.next()) {
            if (cursor.kind() != SampleKind.FLOAT) {
                throw new IOException("the counters of downsampled native histograms cannot be read; the sums can");
            }
            count(cursor.timestampMillis(), cursor.value());
        }
        cut();
    }

    private void count(long millis, double value) {
        if (started && millis <= lastMillis) {
            if (millis == lastMillis) {
                lastRaw = value;
            }
            return;
        }
        if (!started) {
            total = value;
        } else {
            total += value < lastRaw ? value : value - lastRaw;
        }
        started = true;
        lastMillis = millis;
        lastRaw = value;
        if (samples == SAMPLES_MAX) {
            cut();
        }
        if (samples == 0) {
            firstMillis = millis;
            appender.start(buffer, 0);
        }
        appender.append(millis, Double.doubleToRawLongBits(total));
        samples++;
    }

    private void cut() {
        if (samples == 0) {
            return;
        }
        if (chunks.size() == minMillis.length) {
            minMillis = Arrays.copyOf(minMillis, 2 * chunks.size());
            maxMillis = Arrays.copyOf(maxMillis, 2 * chunks.size());
        }
        minMillis[chunks.size()] = firstMillis;
        maxMillis[chunks.size()] = lastMillis;
        chunks.add(Arrays.copyOf(buffer, appender.byteLength()));
        samples = 0;
    }

    int count() {
        return chunks.size();
    }

    long minMillis(int index) {
        return minMillis[index];
    }

    long maxMillis(int index) {
        return maxMillis[index];
    }

    @Override
    public void load(long index, EncodedChunk target) {
        byte[] bytes = chunks.get((int) index);
        target.wrap(ChunkEncoding.XOR, 0, 0, bytes, 0, bytes.length);
    }
}
