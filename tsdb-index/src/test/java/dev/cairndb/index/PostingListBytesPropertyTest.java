package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.ByteReader;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The byte form of posting lists of every inner form against sets. */
class PostingListBytesPropertyTest {
    @Property(tries = 400)
    void aListIsReadAsItWasWritten(@ForAll Random random) throws Exception {
        TreeSet<Long> ids = new TreeSet<>(IdSets.random(random).headSet((long) Integer.MAX_VALUE));
        PostingList list = IdSets.listOf(ids, random);
        byte[] bytes = PostingListBytesTest.written(list);
        int last = ids.isEmpty() ? -1 : ids.last().intValue();
        int limit = random.nextBoolean() ? last + 1 : Integer.MAX_VALUE;
        PostingList read = PostingListBytesTest.read(bytes, limit);
        assertArrayEquals(IdSets.toInts(ids), read.toArray());
        assertEquals(ids.size(), read.cardinality());
        assertArrayEquals(IdSets.toInts(ids), list.toArray());
        assertTrue(read.sizeBytes() <= PostingList.ofSorted(IdSets.toInts(ids)).sizeBytes());
        assertTrue(read.bitmapPart() == null || read.arrayPartCount() == 0);
        assertArrayEquals(
                read.toArray(),
                PostingListBytesTest.read(PostingListBytesTest.written(read), limit)
                        .toArray());
    }

    @Property(tries = 50)
    void listsAreReadOneAfterTheOther(@ForAll Random random) throws Exception {
        ByteWriter bytes = new ByteWriter(16);
        PostingList[] lists = new PostingList[10];
        for (int i = 0; i < lists.length; i++) {
            TreeSet<Long> ids = new TreeSet<>(IdSets.random(random).headSet((long) Integer.MAX_VALUE));
            lists[i] = IdSets.listOf(ids, random);
            lists[i].put(bytes);
        }
        ByteReader reader = new ByteReader("lists").reset(bytes.array(), 0, bytes.size(), 0);
        for (PostingList list : lists) {
            assertArrayEquals(
                    list.toArray(), PostingList.read(reader, Integer.MAX_VALUE).toArray());
        }
        assertEquals(0, reader.remaining());
    }

    @Property(tries = 300)
    void bytesOfAnyKindAreReadOrRefused(@ForAll Random random) {
        TreeSet<Long> ids = new TreeSet<>(IdSets.random(random).headSet((long) Integer.MAX_VALUE));
        byte[] bytes = PostingListBytesTest.written(IdSets.listOf(ids, random));
        for (int i = 0; i < 100; i++) {
            byte[] damaged = bytes.clone();
            for (int j = random.nextInt(4); j >= 0; j--) {
                int header = random.nextInt(2) == 0 ? Math.min(bytes.length, 40) : bytes.length;
                damaged[random.nextInt(header)] = (byte) random.nextInt(256);
            }
            int limit = random.nextBoolean() ? Integer.MAX_VALUE : random.nextInt(2_000_000);
            try {
                int[] read = PostingList.read(
                                new ByteReader("damaged list").reset(damaged, 0, damaged.length, 0), limit)
                        .toArray();
                assertTrue(SortedIds.ascends(read, read.length));
                assertTrue(read.length == 0 || read[0] >= 0 && read[read.length - 1] < limit);
            } catch (CorruptionException e) {
                // as it should
            }
        }
    }
}
