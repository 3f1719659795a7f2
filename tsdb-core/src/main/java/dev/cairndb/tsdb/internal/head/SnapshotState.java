package dev.cairndb.tsdb.internal.head;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteReader;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.FileHeader;
import dev.cairndb.io.FormatVersionException;
import java.util.Map;
import java.util.TreeMap;

/**
 * What lies beside the records of a snapshot in {@code cairn.state}: what the log before the snapshot would tell and
 * its records do not.
 *
 * <pre>
 * magic u32, version u8 | newest series reference u64 | records u64 | number of files u32 | (file u32, size u64, newest
 * timestamp i64)* | crc32c u32
 * </pre>
 *
 * The checksum is that of all bytes before it.
 *
 * @param newestSeriesRef the largest reference ever given: none up to it may be given again, because the log before the
 *     snapshot may still hold it
 * @param records how many records the snapshot has: one that was cut between two of them is still well-formed
 * @param files the files of chunks_head by number. A snapshot is good only with all of them: without it the log would
 *     bring back what a lost file held
 */
record SnapshotState(long newestSeriesRef, long records, Map<Integer, ChunkFile> files) {
    static final FileHeader HEADER = FileHeader.of(0xCA1A5A7E, 1, 1, 5);
    static final int VERSION = 1;

    private static final int FILE_BYTES = Integer.BYTES + 2 * Long.BYTES;

    /** The size of a file and the time of its newest sample. */
    record ChunkFile(long sizeBytes, long maxTimestampMillis) {}

    void put(ByteWriter target) {
        HEADER.put(target, VERSION);
        target.putLong(newestSeriesRef);
        target.putLong(records);
        target.putInt(files.size());
        files.forEach((number, file) -> {
            target.putInt(number);
            target.putLong(file.sizeBytes);
            target.putLong(file.maxTimestampMillis);
        });
        target.putInt(Crc32c.of(target.array(), 0, target.size()));
    }

    static SnapshotState read(String file, byte[] bytes) throws CorruptionException, FormatVersionException {
        HEADER.check(file, bytes, 0, bytes.length);
        int end = bytes.length - Integer.BYTES;
        ByteReader in = new ByteReader(file)
                .reset(bytes, HEADER.sizeBytes(), bytes.length - HEADER.sizeBytes(), HEADER.sizeBytes());
        long newestSeriesRef = in.readLong();
        long records = in.readLong();
        int count = in.readInt();
        if (count < 0 || in.remaining() != (long) count * FILE_BYTES + Integer.BYTES) {
            throw in.corrupt(count + " files", in.remaining() + " bytes");
        }
        int crc = Crc32c.of(bytes, 0, end);
        if (crc != BigEndian.getInt(bytes, end)) {
            throw new CorruptionException(
                    file,
                    end,
                    "checksum " + Integer.toHexString(crc),
                    Integer.toHexString(BigEndian.getInt(bytes, end)));
        }
        Map<Integer, ChunkFile> files = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            int number = in.readInt();
            long size = in.readLong();
            files.put(number, new ChunkFile(size, in.readLong()));
        }
        return new SnapshotState(newestSeriesRef, records, files);
    }
}
