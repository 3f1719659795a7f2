package dev.cairndb.tsdb.internal.block;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteReader;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.FileHeader;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The deleted time ranges of a block's series, and the file that keeps them: {@code magic 0130ba30, version 1, stones,
 * CRC-32C of the stones}; a stone is {@code uvarint series reference, varint min, varint max}, both ends inclusive.
 * Immutable.
 */
public final class Tombstones {
    public static final String FILE_NAME = "tombstones";
    public static final Tombstones NONE = new Tombstones(new long[0], new Intervals[0]);

    public static final int MAGIC = 0x0130BA30;
    public static final int VERSION = 1;
    private static final int HEADER_BYTES = 5;
    private static final int CRC_BYTES = 4;
    private static final FileHeader HEADER = FileHeader.of(MAGIC, VERSION, VERSION, HEADER_BYTES);

    private final long[] seriesRefs;
    private final Intervals[] intervals;

    private Tombstones(long[] seriesRefs, Intervals[] intervals) {
        this.seriesRefs = seriesRefs;
        this.intervals = intervals;
    }

    /** The deleted ranges of a series. */
    public Intervals of(long seriesRef) {
        int i = Arrays.binarySearch(seriesRefs, seriesRef);
        return i < 0 ? Intervals.NONE : intervals[i];
    }

    public boolean isEmpty() {
        return seriesRefs.length == 0;
    }

    /** Number of deleted ranges. */
    public long count() {
        long count = 0;
        for (Intervals ranges : intervals) {
            count += ranges.count();
        }
        return count;
    }

    public int seriesCount() {
        return seriesRefs.length;
    }

    /** The i-th series that has deleted ranges, ascending. */
    public long seriesRef(int i) {
        return seriesRefs[i];
    }

    /** Collects deleted ranges in any order. Not thread-safe. */
    public static final class Builder {
        private final Map<Long, Intervals.Builder> ranges = new TreeMap<>();

        /** @param seriesRef not negative */
        public Builder add(long seriesRef, long minMillis, long maxMillis) {
            ranges.computeIfAbsent(seriesRef, absent -> new Intervals.Builder()).add(minMillis, maxMillis);
            return this;
        }

        public Builder addAll(Tombstones other) {
            for (int i = 0; i < other.seriesRefs.length; i++) {
                Intervals added = other.intervals[i];
                for (int j = 0; j < added.count(); j++) {
                    add(other.seriesRefs[i], added.minTimestampMillis(j), added.maxTimestampMillis(j));
                }
            }
            return this;
        }

        public Tombstones build() {
            return new Tombstones(
                    ranges.keySet().stream().mapToLong(Long::longValue).toArray(),
                    ranges.values().stream().map(Intervals.Builder::build).toArray(Intervals[]::new));
        }
    }

    // ---- the file

    /** Reads the file of the block in {@code directory}; without a file nothing is deleted. */
    public static Tombstones read(Storage storage, Path directory) throws IOException {
        Path file = directory.resolve(FILE_NAME);
        byte[] bytes;
        try {
            bytes = storage.readAll(file);
        } catch (NoSuchFileException e) {
            return NONE;
        }
        return decode(file.toString(), bytes);
    }

    static Tombstones decode(String file, byte[] bytes) throws CorruptionException, FormatVersionException {
        if (bytes.length < HEADER_BYTES + CRC_BYTES) {
            throw new CorruptionException(
                    file, bytes.length, "at least " + (HEADER_BYTES + CRC_BYTES) + " bytes", bytes.length + " bytes");
        }
        HEADER.check(file, bytes, 0, bytes.length);
        int stonesEnd = bytes.length - CRC_BYTES;
        int crc = Crc32c.of(bytes, HEADER_BYTES, stonesEnd - HEADER_BYTES);
        if (crc != BigEndian.getInt(bytes, stonesEnd)) {
            throw new CorruptionException(
                    file,
                    stonesEnd,
                    "CRC-32C " + Integer.toHexString(crc),
                    Integer.toHexString(BigEndian.getInt(bytes, stonesEnd)));
        }
        ByteReader reader = new ByteReader(file).reset(bytes, HEADER_BYTES, stonesEnd - HEADER_BYTES, HEADER_BYTES);
        Builder builder = new Builder();
        while (reader.remaining() > 0) {
            long seriesRef = reader.readUvarint();
            long min = reader.readVarint();
            long max = reader.readVarint();
            if (seriesRef < 0 || min > max) {
                throw reader.corrupt("a series and a range", Long.toUnsignedString(seriesRef) + " " + min + ".." + max);
            }
            builder.add(seriesRef, min, max);
        }
        return builder.build();
    }

    byte[] encode() {
        ByteWriter out = new ByteWriter(HEADER_BYTES + CRC_BYTES + 24 * seriesRefs.length);
        HEADER.put(out, VERSION);
        for (int i = 0; i < seriesRefs.length; i++) {
            Intervals ranges = intervals[i];
            for (int j = 0; j < ranges.count(); j++) {
                out.putUvarint(seriesRefs[i]);
                out.putVarint(ranges.minTimestampMillis(j));
                out.putVarint(ranges.maxTimestampMillis(j));
            }
        }
        out.putInt(Crc32c.of(out.array(), HEADER_BYTES, out.size() - HEADER_BYTES));
        return out.toByteArray();
    }

    /** Writes and syncs the file of a block that is being created; syncing the directory is the caller's. */
    public void create(Storage storage, Path directory) throws IOException {
        byte[] bytes = encode();
        try (AppendFile file = storage.create(directory.resolve(FILE_NAME))) {
            file.write(bytes, 0, bytes.length);
            file.sync();
        }
    }

    /** Puts the file in the place of a block's; it is durable when this returns. */
    void replace(Storage storage, Path directory) throws IOException {
        BlockFile.replace(storage, directory, FILE_NAME, encode());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Tombstones tombstones
                && Arrays.equals(seriesRefs, tombstones.seriesRefs)
                && Arrays.equals(intervals, tombstones.intervals);
    }

    @Override
    public int hashCode() {
        return Objects.hash(Arrays.hashCode(seriesRefs), Arrays.hashCode(intervals));
    }

    @Override
    public String toString() {
        return "Tombstones" + Arrays.toString(seriesRefs) + Arrays.toString(intervals);
    }
}
