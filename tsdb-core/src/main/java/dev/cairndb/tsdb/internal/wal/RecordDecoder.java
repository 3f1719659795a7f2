package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteReader;
import dev.cairndb.io.CorruptionException;
import java.io.IOException;
import java.util.Arrays;

/**
 * Reads the contents of log records: {@link #read} checks a record to its end and remembers what it says, {@link
 * #deliver} gives that to a handler. Makes no garbage per entry. Not thread-safe.
 */
final class RecordDecoder {
    private static final int SAMPLE_BYTES_MIN = 2 + Long.BYTES;

    private final ByteReader in = new ByteReader("log record");

    private int type;
    private byte[] bytes = new byte[0];
    private int count;

    /** Series: references. Samples: references. Tombstones: references. */
    private long[] first = new long[0];

    /** Series: offset and length of the labels, in one. Samples: timestamps. Tombstones: minima. */
    private long[] second = new long[0];

    /** Samples: value bits. Tombstones: maxima. */
    private long[] third = new long[0];

    /**
     * Reads a record, of which {@link #deliver} needs the bytes again. A type that is not decoded here has no entries.
     *
     * @return its type byte; 0 for an empty record, which is no damage
     */
    int read(byte[] record, int offset, int length) throws CorruptionException {
        bytes = record;
        count = 0;
        type = 0;
        if (length > 0) {
            in.reset(record, offset, length, 0);
            int found = in.readByte();
            switch (found) {
                case 1 -> readSeries();
                case 2 -> readSamples();
                case 3 -> readTombstones();
                default -> {}
            }
            type = found;
        }
        return type;
    }

    /** Whether entries of this type are delivered; records of others are known by their type alone. */
    static boolean decodes(int type) {
        return type >= RecordType.SERIES.wireId() && type <= RecordType.TOMBSTONES.wireId();
    }

    /** How many series, samples or tombstones the record holds. */
    int count() {
        return count;
    }

    void deliver(RecordHandler handler) throws IOException {
        if (type == RecordType.SERIES.wireId()) {
            for (int i = 0; i < count; i++) {
                handler.series(first[i], bytes, (int) (second[i] >>> 32), (int) second[i]);
            }
        } else if (type == RecordType.SAMPLES.wireId() && count > 0) {
            handler.samples(first, second, third, count);
        } else if (type == RecordType.TOMBSTONES.wireId()) {
            for (int i = 0; i < count; i++) {
                handler.tombstone(first[i], second[i], third[i]);
            }
        }
    }

    private void readSeries() throws CorruptionException {
        while (in.remaining() > 0) {
            ensure(count + 1);
            long ref = in.readLong();
            int labels = in.readUvarintInt(in.remaining() / 2);
            int start = in.position();
            for (int i = 0; i < 2 * labels; i++) {
                int size = in.readUvarintInt(in.remaining());
                in.skip(size);
            }
            first[count] = ref;
            second[count] = (long) start << 32 | (in.position() - start);
            count++;
        }
    }

    private void readSamples() throws CorruptionException {
        if (in.remaining() == 0) {
            return;
        }
        long baseRef = in.readLong();
        long baseTimestamp = in.readLong();
        ensure(in.remaining() / SAMPLE_BYTES_MIN);
        while (in.remaining() > 0) {
            long ref = baseRef + in.readVarint();
            long timestamp = baseTimestamp + in.readVarint();
            int value = in.skip(Long.BYTES);
            first[count] = ref;
            second[count] = timestamp;
            third[count] = BigEndian.getLong(bytes, value);
            count++;
        }
    }

    private void readTombstones() throws CorruptionException {
        while (in.remaining() > 0) {
            ensure(count + 1);
            first[count] = in.readLong();
            second[count] = in.readVarint();
            third[count] = in.readVarint();
            count++;
        }
    }

    private void ensure(int entries) {
        if (first.length < entries) {
            int size = Math.max(Math.max(entries, 64), first.length + first.length / 2);
            first = Arrays.copyOf(first, size);
            second = Arrays.copyOf(second, size);
            third = Arrays.copyOf(third, size);
        }
    }
}
