package dev.cairndb.tsdb.internal.head;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteReader;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.FileHeader;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.ReadFile;
import java.io.IOException;

/**
 * The end of {@code cairn.head}, the file beside the records of a snapshot that holds the same once more, in the form
 * the head has it in memory: each text once, posting lists as lists. An opening that finds it need not split the labels of
 * each series, look up their texts and build the lists again, which is most of what reading the records takes.
 *
 * <pre>
 * magic u32, version u8 | frames of symbols | of posting lists | of rows | of records | hash seed i64 | symbols u32 |
 * slots u32 | rows u32 | lists at u64 | rows at u64 | records at u64 | crc32c u32
 * </pre>
 *
 * The checksum is that of the {@value #END_BYTES} bytes before it. Frames: {@link FrameWriter}. The first of the posting
 * lists is that of the slots nobody has, the second that of all series, in whose order the rows lie.
 *
 * @param hashSeed of the hashes in the rows
 * @param slots one more than the largest slot
 * @param listsAt where the frames of symbols end and those of lists begin
 */
record HeadImage(long hashSeed, int symbols, int slots, int rows, long listsAt, long rowsAt, long recordsAt) {
    static final String FILE = "cairn.head";
    static final FileHeader HEADER = FileHeader.of(0xCA1A4EAD, 1, 1, 5);
    static final int VERSION = 1;

    /** The list of a name. */
    static final int NAME = 1;

    /** The list of a value of the last name. */
    static final int VALUE = 2;

    private static final int END_BYTES = 4 * Long.BYTES + 3 * Integer.BYTES;
    /** How many labels have it, its length. */
    private static final int SYMBOL_BYTES_MIN = 2;
    /** Reference, hash, kind, length of the labels. */
    private static final int ROW_BYTES_MIN = 3 + Long.BYTES;
    /** A head may have so many slots that nobody has, and as many as it has rows. */
    private static final int FREE_SLOTS_MIN = 1024;

    /**
     * Whether an image is made of a head with so many slots. Memory is taken for each of them: a head of which most
     * series went takes less if it is built again from the records, and a small file cannot ask for much.
     */
    static boolean isDense(int slots, int rows) {
        return slots <= 2L * rows + FREE_SLOTS_MIN;
    }

    void put(ByteWriter target) {
        int start = target.size();
        target.putLong(hashSeed);
        target.putInt(symbols);
        target.putInt(slots);
        target.putInt(rows);
        target.putLong(listsAt);
        target.putLong(rowsAt);
        target.putLong(recordsAt);
        target.putInt(Crc32c.of(target.array(), start, END_BYTES));
    }

    static HeadImage read(String name, ReadFile file) throws IOException, FormatVersionException {
        byte[] header = new byte[HEADER.sizeBytes()];
        HEADER.check(name, header, 0, file.read(0, header, 0, header.length));
        long at = endOfFrames(file);
        byte[] bytes = new byte[END_BYTES + Integer.BYTES];
        if (at < header.length || file.read(at, bytes, 0, bytes.length) < bytes.length) {
            throw new CorruptionException(name, file.size(), "a whole file", file.size() + " bytes");
        }
        int crc = Crc32c.of(bytes, 0, END_BYTES);
        if (crc != BigEndian.getInt(bytes, END_BYTES)) {
            throw new CorruptionException(name, at, "checksum " + Integer.toHexString(crc), "another");
        }
        ByteReader in = new ByteReader(name).reset(bytes, 0, END_BYTES, at);
        HeadImage end = new HeadImage(
                in.readLong(), in.readInt(), in.readInt(), in.readInt(), in.readLong(), in.readLong(), in.readLong());
        boolean inOrder = header.length <= end.listsAt
                && end.listsAt <= end.rowsAt
                && end.rowsAt <= end.recordsAt
                && end.recordsAt <= at;
        if (!inOrder) {
            throw new CorruptionException(name, at, "parts in order", end.toString());
        }
        if (!end.fits()) {
            throw new CorruptionException(name, at, "numbers that the parts have room for", end.toString());
        }
        return end;
    }

    /** Memory is taken for these numbers before anything is read. */
    private boolean fits() {
        return 0 <= symbols
                && symbols <= (listsAt - HEADER.sizeBytes()) / SYMBOL_BYTES_MIN
                && 0 <= rows
                && rows <= rowBytes() / ROW_BYTES_MIN
                && rows <= slots
                && isDense(slots, rows);
    }

    /** Of the frames of rows. */
    long rowBytes() {
        return recordsAt - rowsAt;
    }

    /** Where the frames of records end. */
    static long endOfFrames(ReadFile file) throws IOException {
        return file.size() - END_BYTES - Integer.BYTES;
    }
}
