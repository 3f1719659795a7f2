package dev.cairndb.index;

import dev.cairndb.io.ByteReader;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.roaringbitmap.ContainerPointer;
import org.roaringbitmap.RoaringBitmap;

/**
 * The byte form of a posting list, as {@link PostingList#put} describes it. A list is written in the form in which it
 * takes the least memory, so that who reads it has it in that form without doing anything to its ids.
 */
final class PostingListBytes {
    private static final int FORM_BITMAP = 1;

    /** The first 16 bits of a bitmap that has containers of runs; behind them one less than the number of containers. */
    private static final int COOKIE_WITH_RUNS = 12347;

    /** Of a container: key, number of ids, and at least one id or a number of runs. */
    private static final int CONTAINER_BYTES_MIN = 6;

    private PostingListBytes() {}

    // ----------------------------------------------------------------------------------------------------- writing

    static void put(PostingList list, ByteWriter target) {
        if (!list.isEmpty() && list.last() < 0) {
            throw new IllegalArgumentException("cannot write a posting list: found=id "
                    + Integer.toUnsignedString(list.last()) + ", expected=at most " + Integer.MAX_VALUE);
        }
        if (!list.mayPayAsBitmap()) {
            putIds(list, target);
            return;
        }
        RoaringBitmap bitmap = optimized(list.toBitmap());
        if (list.bitmapPart() == null || PostingList.bitmapPays(bitmap)) {
            putBitmap(bitmap, target);
        } else {
            putIds(list, target);
        }
    }

    /** The same ids, each container in its smallest form; containers that have it already are shared. */
    private static RoaringBitmap optimized(RoaringBitmap bitmap) {
        RoaringBitmap result = new RoaringBitmap();
        ContainerPointer pointer = bitmap.getContainerPointer();
        for (; pointer.getContainer() != null; pointer.advance()) {
            result.append(pointer.key(), pointer.getContainer().runOptimize());
        }
        return result;
    }

    private static void putBitmap(RoaringBitmap bitmap, ByteWriter target) {
        target.putUvarint((long) bitmap.getCardinality() << 1 | FORM_BITMAP);
        int length = bitmap.serializedSizeInBytes();
        target.putUvarint(length);
        int start = target.size();
        target.size(start + length);
        bitmap.serialize(ByteBuffer.wrap(target.array(), start, length).order(ByteOrder.LITTLE_ENDIAN));
    }

    private static void putIds(PostingList list, ByteWriter target) {
        target.putUvarint((long) list.cardinality() << 1);
        int previous = 0;
        for (PostingCursor cursor = list.cursor(); cursor.next(); ) {
            target.putUvarint(cursor.id() - previous);
            previous = cursor.id();
        }
    }

    // ----------------------------------------------------------------------------------------------------- reading

    static PostingList read(ByteReader in, int idLimit) throws CorruptionException {
        long head = in.readUvarint();
        long count = head >>> 1;
        if (count > idLimit) {
            throw in.corrupt("at most " + idLimit + " ids", count + " ids");
        }
        return (head & 1) == FORM_BITMAP ? readBitmap(in, (int) count, idLimit) : readIds(in, (int) count, idLimit);
    }

    private static PostingList readIds(ByteReader in, int count, int idLimit) throws CorruptionException {
        if (count > in.remaining()) {
            throw in.corrupt(count + " ids", in.remaining() + " bytes");
        }
        int[] ids = new int[count];
        int previous = -1;
        for (int i = 0; i < count; i++) {
            long step = in.readUvarint() + (i == 0 ? 1 : 0);
            if (step <= 0 || step > idLimit - 1L - previous) {
                throw in.corrupt("ids that ascend and are below " + idLimit, step + " more than " + previous);
            }
            previous += (int) step;
            ids[i] = previous;
        }
        return PostingList.ofAscending(ids);
    }

    private static PostingList readBitmap(ByteReader in, int count, int idLimit) throws CorruptionException {
        if (count < PostingList.BITMAP_CARDINALITY_MIN) {
            throw in.corrupt("at least " + PostingList.BITMAP_CARDINALITY_MIN + " ids in a bitmap", count + " ids");
        }
        int length = in.readUvarintInt(Integer.MAX_VALUE);
        if (length > in.remaining()) {
            throw in.corrupt("a bitmap of " + length + " bytes", in.remaining() + " bytes");
        }
        checkContainers(in, length);
        RoaringBitmap bitmap = new RoaringBitmap();
        try {
            bitmap.deserialize(ByteBuffer.wrap(in.array(), in.position(), length));
        } catch (IOException | BufferUnderflowException | IllegalArgumentException e) {
            throw in.corrupt("a Roaring bitmap of " + length + " bytes", String.valueOf(e.getMessage()));
        }
        check(in, bitmap, length, count, idLimit);
        in.skip(length);
        return PostingList.ofBitmap(bitmap);
    }

    /** That there are not more containers than there is room for: arrays are made for so many. */
    private static void checkContainers(ByteReader in, int length) throws CorruptionException {
        if (length < 2 * Integer.BYTES) {
            throw in.corrupt("a Roaring bitmap", length + " bytes");
        }
        ByteBuffer header = ByteBuffer.wrap(in.array(), in.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        int cookie = header.getInt();
        int containers = (cookie & 0xFFFF) == COOKIE_WITH_RUNS ? (cookie >>> 16) + 1 : header.getInt();
        if (containers <= 0 || containers > length / CONTAINER_BYTES_MIN) {
            throw in.corrupt("containers in " + length + " bytes", containers + " containers");
        }
    }

    /** What Roaring does not look at when it reads. */
    private static void check(ByteReader in, RoaringBitmap bitmap, int length, int count, int idLimit)
            throws CorruptionException {
        if (!bitmap.validate()) {
            throw in.corrupt("a valid Roaring bitmap", "containers or ids that do not ascend");
        }
        int last = bitmap.last();
        if (last < 0 || last >= idLimit) {
            throw in.corrupt("ids below " + idLimit, Integer.toUnsignedString(last));
        }
        if (bitmap.getCardinality() != count) {
            throw in.corrupt(count + " ids", bitmap.getCardinality() + " ids");
        }
        if (bitmap.serializedSizeInBytes() != length) {
            throw in.corrupt("a bitmap of " + length + " bytes", bitmap.serializedSizeInBytes() + " bytes");
        }
    }
}
