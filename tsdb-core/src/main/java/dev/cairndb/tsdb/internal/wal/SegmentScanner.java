package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.MalformedSnappyException;
import dev.cairndb.io.MalformedZstdException;
import dev.cairndb.io.ReadFile;
import dev.cairndb.io.Snappy;
import dev.cairndb.io.Storage;
import dev.cairndb.io.Zstd;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Finds the whole records of one segment file, and goes on behind what is damaged. Not thread-safe.
 *
 * <p><b>What counts as whole.</b> A page that ends with the file is read as if zeros followed, as Prometheus does: a
 * record whose missing bytes were zero is still whole. The one exception is a header that is cut: its rest read as
 * zeros would make an empty record of a torn one. A fragment's type and length are in no checksum; damage there shows
 * as a sequence that cannot be or as a wrong checksum.
 *
 * <p><b>Where reading resumes.</b> Behind a fragment with a wrong checksum its length cannot be trusted. Where that
 * length leads to a fragment that starts a record and has the right checksum, reading goes on there; otherwise at the
 * next page, whose first fragment is at a known place. Fragments that continue a record whose start was lost are
 * skipped.
 */
final class SegmentScanner implements Closeable {
    private static final int PAGE = SegmentDescriptor.PAGE_SIZE_BYTES;
    private static final int HEADER = SegmentDescriptor.HEADER_SIZE_BYTES;
    /** The runtime reads into native memory first; for twice as much the system would map and clear it each time. */
    private static final int WINDOW_SIZE_BYTES = 2 * PAGE;

    /** No record of a real log comes near; a compressed one that claims more is damaged. */
    static final int RECORD_SIZE_BYTES_MAX = 256 << 20;

    /** Snappy makes at most 64 bytes of 3: a length beyond that is a lie, found before memory is taken for it. */
    private static final int SNAPPY_EXPANSION_MAX = 22;

    enum Event {
        RECORD,
        DAMAGE,
        END
    }

    private final Path path;
    private final ReadFile file;
    private final long fileSize;
    private final CRC32C crc = new CRC32C();

    private byte[] window = new byte[0];
    private long windowStart;
    private int windowLength;
    private long position;

    private final ByteWriter assembled = new ByteWriter(0);
    private final ByteWriter decompressed = new ByteWriter(0);
    private boolean inRecord;
    private boolean skipsContinuations;

    private long recordOffset;
    private byte[] stored = window;
    private int storedOffset;
    private int storedLength;
    private int compressionBits;
    private byte[] bytes = window;
    private int offset;
    private int length;
    private @Nullable CorruptionException damage;

    SegmentScanner(Storage storage, Path path) throws IOException {
        this.path = path;
        this.file = storage.open(path);
        this.fileSize = file.size();
    }

    /** Goes on at an offset, which must be a place between two records. */
    void start(long offset) {
        position = offset;
    }

    /** Steps to the next whole record, or to damage, behind which the next call goes on. */
    Event next() throws IOException {
        damage = null;
        while (position < fileSize) {
            Event event = fragment();
            if (event != null) {
                return event;
            }
        }
        if (inRecord) {
            inRecord = false;
            return damaged(recordOffset, "a whole record", "the start of one at the segment's end");
        }
        return Event.END;
    }

    /** Offset of the present record's first fragment. */
    long recordOffset() {
        return recordOffset;
    }

    /** Offset behind what was read so far: behind the present record, after {@link Event#RECORD}. */
    long position() {
        return position;
    }

    long fileSize() {
        return fileSize;
    }

    /** The present record as it is stored, perhaps compressed; valid until the next call of {@link #next}. */
    byte[] stored() {
        return stored;
    }

    int storedOffset() {
        return storedOffset;
    }

    int storedLength() {
        return storedLength;
    }

    int compressionBits() {
        return compressionBits;
    }

    /** The present record; valid until the next call of {@link #next}. */
    byte[] bytes() {
        return bytes;
    }

    int offset() {
        return offset;
    }

    int length() {
        return length;
    }

    /** After {@link Event#DAMAGE}: what is wrong, and where. */
    CorruptionException damage() {
        CorruptionException present = damage;
        if (present == null) {
            throw new IllegalStateException("there is no damage here");
        }
        return present;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /** Reads one fragment or the end of a page; null if there is nothing to tell yet. */
    private @Nullable Event fragment() throws IOException {
        int at = load(position);
        long pageEnd = position - position % PAGE + PAGE;
        int left = (int) (pageEnd - position);
        int typeByte = window[at];
        int type = typeByte & SegmentDescriptor.TYPE_MASK;
        if (type == SegmentDescriptor.PAGE_END || left < HEADER) {
            return pageEnd(at, left, pageEnd);
        }
        int payloadLength = BigEndian.getUnsignedShort(window, at + SegmentDescriptor.LENGTH_OFFSET);
        long fragmentOffset = position;
        if (payloadLength > left - HEADER) {
            loseRecord(pageEnd);
            return damaged(
                    fragmentOffset, "a fragment of at most " + (left - HEADER) + " bytes", payloadLength + " bytes");
        }
        if (payloadLength == 0 && fragmentOffset + HEADER > fileSize) {
            loseRecord(pageEnd);
            return damaged(fragmentOffset, "a whole fragment header", (fileSize - fragmentOffset) + " bytes of one");
        }
        int expectedCrc = BigEndian.getInt(window, at + SegmentDescriptor.CRC_OFFSET);
        int foundCrc = crcOf(at + HEADER, payloadLength);
        if (foundCrc != expectedCrc) {
            loseRecord(resumeBehind(at, left, pageEnd));
            return damaged(
                    fragmentOffset, "checksum " + Integer.toHexString(expectedCrc), Integer.toHexString(foundCrc));
        }
        return accept(type, typeByte, at + HEADER, payloadLength);
    }

    private @Nullable Event pageEnd(int at, int left, long pageEnd) {
        long start = position;
        // The first byte's higher bits mean nothing here, as in Prometheus.
        int from = left < HEADER ? at : at + 1;
        for (int i = from; i < at + left; i++) {
            if (window[i] != 0) {
                if (left < HEADER) {
                    // No fragment fits here: only the padding is wrong, and a record may go on behind it.
                    position = pageEnd;
                } else {
                    loseRecord(resumeBehind(at, left, pageEnd));
                }
                return damaged(start + (i - at), "zeros up to the page's end", "byte " + (window[i] & 0xFF));
            }
        }
        if (inRecord && left >= HEADER) {
            // The rest of the page belonged to the record. Without it, what follows must not be joined to the start.
            loseRecord(pageEnd);
            return damaged(recordOffset, "the rest of a record", "zeros at " + start);
        }
        position = pageEnd;
        return null;
    }

    private @Nullable Event accept(int type, int typeByte, int at, int payloadLength) throws IOException {
        long fragmentOffset = position;
        boolean starts = type == SegmentDescriptor.FULL || type == SegmentDescriptor.FIRST;
        boolean ends = type == SegmentDescriptor.FULL || type == SegmentDescriptor.LAST;
        position = fragmentOffset + HEADER + payloadLength;
        if (starts && inRecord) {
            // A record fills its pages, so this is where it must go on: rather a wrong type than another record, and
            // what starts here may be the middle of the lost one.
            loseRecord(position);
            return damaged(recordOffset, "the rest of a record", "fragment type " + type + " at " + fragmentOffset);
        }
        if (type > SegmentDescriptor.LAST) {
            loseRecord(position);
            return damaged(fragmentOffset, "a fragment type of 0 to 4", String.valueOf(type));
        }
        if (!starts && !inRecord) {
            boolean known = skipsContinuations;
            skipsContinuations = true;
            return known ? null : damaged(fragmentOffset, "the start of a record", "fragment type " + type);
        }
        skipsContinuations = false;
        if (starts) {
            recordOffset = fragmentOffset;
        }
        if (type == SegmentDescriptor.FULL) {
            return whole(typeByte, window, at, payloadLength);
        }
        if (starts) {
            assembled.clear();
            inRecord = true;
        }
        assembled.putBytes(window, at, payloadLength);
        if (ends) {
            inRecord = false;
            return whole(typeByte, assembled.array(), 0, assembled.size());
        }
        return null;
    }

    private Event whole(int typeByte, byte[] from, int at, int size) throws IOException {
        stored = from;
        storedOffset = at;
        storedLength = size;
        compressionBits = typeByte & (SegmentDescriptor.SNAPPY_BIT | SegmentDescriptor.ZSTD_BIT);
        try {
            decompress();
            return Event.RECORD;
        } catch (MalformedSnappyException | MalformedZstdException e) {
            return damaged(recordOffset, "a compressed record", String.valueOf(e.getMessage()));
        }
    }

    private void decompress() throws IOException {
        if (compressionBits == 0 || storedLength == 0) {
            bytes = stored;
            offset = storedOffset;
            length = storedLength;
            return;
        }
        decompressed.clear();
        if ((compressionBits & SegmentDescriptor.SNAPPY_BIT) != 0) {
            int size = Snappy.uncompressedSizeBytes(stored, storedOffset, storedLength);
            long sizeMax = Math.min(RECORD_SIZE_BYTES_MAX, (long) SNAPPY_EXPANSION_MAX * storedLength);
            decompressed.size((int) Math.min(size, sizeMax));
            Snappy.decompress(stored, storedOffset, storedLength, decompressed.array(), 0, decompressed.size());
        } else {
            Zstd.decompress(stored, storedOffset, storedLength, decompressed, RECORD_SIZE_BYTES_MAX);
        }
        bytes = decompressed.array();
        offset = 0;
        length = decompressed.size();
    }

    /** Where to go on behind a fragment that is not what it says: where its length leads, if a record starts there. */
    private long resumeBehind(int at, int left, long pageEnd) {
        int behind = HEADER + BigEndian.getUnsignedShort(window, at + SegmentDescriptor.LENGTH_OFFSET);
        return left - behind >= HEADER && startsRecord(at + behind, left - behind) ? position + behind : pageEnd;
    }

    private boolean startsRecord(int at, int left) {
        int type = window[at] & ~(SegmentDescriptor.SNAPPY_BIT | SegmentDescriptor.ZSTD_BIT);
        int payloadLength = BigEndian.getUnsignedShort(window, at + SegmentDescriptor.LENGTH_OFFSET);
        return (type == SegmentDescriptor.FULL || type == SegmentDescriptor.FIRST)
                && payloadLength > 0
                && payloadLength <= left - HEADER
                && crcOf(at + HEADER, payloadLength) == BigEndian.getInt(window, at + SegmentDescriptor.CRC_OFFSET);
    }

    private int crcOf(int at, int size) {
        crc.reset();
        crc.update(window, at, size);
        return (int) crc.getValue();
    }

    /** Gives up the record being read and goes on at {@code resumeAt}. */
    private void loseRecord(long resumeAt) {
        inRecord = false;
        skipsContinuations = true;
        position = resumeAt;
    }

    private Event damaged(long at, String expected, String found) {
        damage = new CorruptionException(path.toString(), at, expected, found);
        return Event.DAMAGE;
    }

    /**
     * Index in the window of a file position; its whole page is in the window then, with zeros behind the file's end.
     */
    private int load(long at) throws IOException {
        if (at < windowStart || at >= windowStart + windowLength) {
            windowStart = at - at % PAGE;
            int wanted = (int) Math.min(WINDOW_SIZE_BYTES, fileSize - windowStart);
            int padded = (wanted + PAGE - 1) / PAGE * PAGE;
            if (window.length < padded) {
                window = new byte[padded];
            }
            int read = 0;
            while (read < wanted) {
                int n = file.read(windowStart + read, window, read, wanted - read);
                if (n <= 0) {
                    throw new IOException("the file became shorter while it was read: " + path);
                }
                read += n;
            }
            Arrays.fill(window, wanted, padded, (byte) 0);
            windowLength = padded;
        }
        return (int) (at - windowStart);
    }
}
