package dev.cairndb.receiver;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.MalformedSnappyException;
import dev.cairndb.io.Snappy;
import dev.cairndb.io.SnappyCompressor;
import dev.cairndb.remote.RemoteWriteEncoder;
import java.util.Arrays;

/**
 * A remote_write message in which only times and values change from request to request: making the next one costs a
 * fraction of what a receiver does with it, so that one machine can offer more than it takes. Not thread-safe.
 */
final class WriteTemplate {
    private static final int TIMESTAMP_TAG = 2 << 3;
    /** The value, eight bytes, stands right before the tag of the timestamp. */
    private static final int VALUE_BYTES_BEFORE = 9;

    private final int samplesPerSeries;
    private final long stepMillis;
    private final byte[] message;
    private final int[] timestampsAt;
    private final SnappyCompressor compressor = new SnappyCompressor();
    private final ByteWriter body;
    private long nextMillis;

    /**
     * @param labels adds the labels of the series of that number
     * @param firstMillis time of the first sample, whose varint is as long as those of all that follow
     * @param stepMillis from one sample of a series to the next
     */
    WriteTemplate(int seriesCount, int samplesPerSeries, long firstMillis, long stepMillis, LabelWriter labels)
            throws MalformedSnappyException {
        this.samplesPerSeries = samplesPerSeries;
        this.stepMillis = stepMillis;
        RemoteWriteEncoder encoder = new RemoteWriteEncoder();
        for (int series = 0; series < seriesCount; series++) {
            encoder.startSeries();
            labels.write(encoder, series);
            for (int sample = 0; sample < samplesPerSeries; sample++) {
                encoder.sample(firstMillis + sample * stepMillis, Double.doubleToRawLongBits(1));
            }
            encoder.endSeries();
        }
        encoder.finish();
        message = new byte[Snappy.uncompressedSizeBytes(encoder.body(), 0, encoder.bodySize())];
        int unused = Snappy.decompress(encoder.body(), 0, encoder.bodySize(), message, 0, message.length);
        body = new ByteWriter(Snappy.compressedSizeBytesMax(message.length));
        timestampsAt = find(seriesCount, firstMillis);
        nextMillis = firstMillis;
    }

    /** Adds labels to a series. */
    interface LabelWriter {
        void write(RemoteWriteEncoder encoder, int series);
    }

    private int[] find(int seriesCount, long firstMillis) {
        byte[][] wanted = new byte[samplesPerSeries][];
        for (int sample = 0; sample < samplesPerSeries; sample++) {
            ByteWriter writer = new ByteWriter(16);
            writer.putByte(TIMESTAMP_TAG);
            writer.putUvarint(firstMillis + sample * stepMillis);
            wanted[sample] = writer.toByteArray();
        }
        int[] found = new int[seriesCount * samplesPerSeries];
        int count = 0;
        for (int at = 0; at < message.length && count < found.length; at++) {
            byte[] next = wanted[count % samplesPerSeries];
            int end = at + next.length;
            if (message[at] == TIMESTAMP_TAG
                    && end <= message.length
                    && Arrays.equals(message, at, end, next, 0, next.length)) {
                found[count++] = at + 1;
                at = end - 1;
            }
        }
        if (count < found.length) {
            throw new IllegalStateException("BUG: not all samples found: " + count + " of " + found.length);
        }
        return found;
    }

    int samples() {
        return timestampsAt.length;
    }

    /** The compressed message, until the next is made; its samples follow those of the last. */
    ByteWriter next() {
        long firstMillis = nextMillis;
        nextMillis += samplesPerSeries * stepMillis;
        for (int i = 0; i < timestampsAt.length; i++) {
            long millis = firstMillis + i % samplesPerSeries * stepMillis;
            putVarint(timestampsAt[i], millis);
            putDouble(timestampsAt[i] - VALUE_BYTES_BEFORE, i + (double) (millis % 1000));
        }
        body.size(compressor.compress(message, 0, message.length, body.array(), 0));
        return body;
    }

    private void putVarint(int at, long value) {
        int to = at;
        for (long rest = value; ; rest >>>= 7) {
            boolean last = (message[to] & 0x80) == 0;
            message[to++] = (byte) (last ? rest : rest | 0x80);
            if (last) {
                return;
            }
        }
    }

    private void putDouble(int at, double value) {
        long bits = Double.doubleToRawLongBits(value);
        for (int i = 0; i < 8; i++) {
            message[at + i] = (byte) (bits >>> 8 * i);
        }
    }
}
