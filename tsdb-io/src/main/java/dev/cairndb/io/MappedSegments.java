package dev.cairndb.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32C;

/**
 * A whole file in mappings of equal size, because a buffer ends at 2 GiB.
 *
 * <p>Reads after {@link #close} throw IllegalStateException. A read that is under way while another thread closes is an
 * error of the caller that only runtimes from 22 on turn into an exception; before, it may read unmapped memory.
 */
final class MappedSegments implements MappedFile {
    static final int SEGMENT_SIZE_BITS = 30;

    /** Long checksums are taken in parts, so that a runtime that checks for closing need not wait for them. */
    private static final int CRC_PART_SIZE_BYTES = 1 << 20;

    /** So many ints at a time are copied and then turned, while they are near. */
    private static final int INTS_PART = 1 << 12;

    private static final ByteBuffer[] CLOSED = {};

    private final Path path;
    private final long size;
    private final int segmentSizeBits;
    private final int segmentMask;
    private final Mapping mapping;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile ByteBuffer[] segments;

    private MappedSegments(Path path, long size, int segmentSizeBits, Mapping mapping, ByteBuffer[] segments) {
        this.path = path;
        this.size = size;
        this.segmentSizeBits = segmentSizeBits;
        this.segmentMask = (1 << segmentSizeBits) - 1;
        this.mapping = mapping;
        this.segments = segments;
    }

    /** Must run on a thread that nobody interrupts. The channel may be closed afterwards. */
    static MappedSegments map(Path path, FileChannel channel, int segmentSizeBits) throws IOException {
        long size = channel.size();
        // At least one, so that an open file never looks like a closed one.
        int count = Math.max(1, Math.toIntExact((size + (1L << segmentSizeBits) - 1) >>> segmentSizeBits));
        ByteBuffer[] segments = new ByteBuffer[count];
        Mapping mapping = Mapping.open();
        boolean done = false;
        try {
            for (int i = 0; i < count; i++) {
                long from = (long) i << segmentSizeBits;
                long length = Math.min(1L << segmentSizeBits, size - from);
                segments[i] = length == 0 ? ByteBuffer.allocate(0) : mapping.map(channel, from, length);
            }
            done = true;
        } finally {
            if (!done) {
                mapping.unmap();
            }
        }
        return new MappedSegments(path, size, segmentSizeBits, mapping, segments);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public byte get(long position) {
        return segment(position).get((int) position & segmentMask);
    }

    @Override
    public int getInt(long position) {
        int at = (int) position & segmentMask;
        if (at <= segmentMask - (Integer.BYTES - 1)) {
            return segment(position).getInt(at);
        }
        int value = 0;
        for (int i = 0; i < Integer.BYTES; i++) {
            value = value << 8 | get(position + i) & 0xFF;
        }
        return value;
    }

    @Override
    public long getLong(long position) {
        int at = (int) position & segmentMask;
        if (at <= segmentMask - (Long.BYTES - 1)) {
            return segment(position).getLong(at);
        }
        long value = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            value = value << 8 | get(position + i) & 0xFF;
        }
        return value;
    }

    @Override
    public void get(long position, byte[] target, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, target.length);
        check(position, length);
        int done = 0;
        while (done < length) {
            int at = (int) (position + done) & segmentMask;
            int part = (int) Math.min(length - done, (1L << segmentSizeBits) - at);
            segment(position + done).get(at, target, offset + done, part);
            done += part;
        }
    }

    @Override
    public void getInts(long position, int[] target, int offset, int count) {
        Objects.checkFromIndexSize(offset, count, target.length);
        check(position, (long) count * Integer.BYTES);
        int done = 0;
        while (done < count) {
            long from = position + (long) done * Integer.BYTES;
            int at = (int) from & segmentMask;
            int whole = (int) Math.min(count - done, ((1L << segmentSizeBits) - at) / Integer.BYTES);
            int part = Math.min(whole, INTS_PART);
            if (part == 0) {
                target[offset + done++] = getInt(from); // across the border of two segments
                continue;
            }
            ByteBuffer bytes = segment(from).slice(at, part * Integer.BYTES).order(ByteOrder.nativeOrder());
            bytes.asIntBuffer().get(target, offset + done, part);
            BigEndian.fromNativeOrder(target, offset + done, part);
            done += part;
        }
    }

    @Override
    public int crc32c(long position, long length) {
        check(position, length);
        CRC32C crc = new CRC32C();
        long done = 0;
        while (done < length) {
            int at = (int) (position + done) & segmentMask;
            long part = Math.min(Math.min(length - done, CRC_PART_SIZE_BYTES), (1L << segmentSizeBits) - at);
            crc.update(segment(position + done).slice(at, (int) part));
            done += part;
        }
        return (int) crc.getValue();
    }

    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            segments = CLOSED;
            mapping.unmap();
        }
    }

    private ByteBuffer segment(long position) {
        ByteBuffer[] now = segments;
        long index = position >> segmentSizeBits;
        if (index < 0 || index >= now.length) {
            throw outside(position, 1);
        }
        return now[(int) index];
    }

    private void check(long position, long length) {
        if (segments == CLOSED || position < 0 || length < 0 || length > size - position) {
            throw outside(position, length);
        }
    }

    private RuntimeException outside(long position, long length) {
        if (segments == CLOSED) {
            return new IllegalStateException("cannot read a mapped file: found=closed, file=" + path);
        }
        return new IndexOutOfBoundsException("cannot read a mapped file: found=" + length + " bytes at " + position
                + ", expected=within " + size + " bytes, file=" + path);
    }
}
