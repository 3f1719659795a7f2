package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.CorruptionException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Lists of a block that are too long for the buffer: series are looked up in them in more than one way. */
final class LongPostingsTest {
    private static final int SERIES = 60_000;
    private static final byte[] NAME = {'l'};
    private static final byte[] LONG = {'x'};

    @Test
    void seriesAreFilteredAsByTheListItself() throws IOException {
        Random random = new Random(1);
        try (IndexReader reader = IndexSeries.open(file())) {
            PostingList list = reader.postings(NAME, LONG);
            int[] all = reader.all().toArray();
            assertEquals(SERIES, all.length);
            assertTrue(list.cardinality() > 1 << 14, list.toString());
            assertEquals(list.cardinality(), reader.countMax(NAME, LONG));
            for (int count : new int[] {0, 1, 2, 30, 300, 400, 1_000, 2_000, 3_000, 20_000, SERIES}) {
                TreeSet<Integer> some = new TreeSet<>(Integer::compareUnsigned);
                int near = random.nextInt(SERIES);
                for (int i = 0; i < count; i++) {
                    some.add(all[count == SERIES ? i : (near + random.nextInt(2 * count)) % SERIES]);
                    some.add(random.nextInt(all[SERIES - 1] + 100));
                }
                some.add(-5);
                some.add(-1);
                PostingList series = PostingList.ofSorted(
                        some.stream().mapToInt(Integer::intValue).toArray());
                for (PostingList each : new PostingList[] {series, series.compact()}) {
                    check(each, list, reader);
                }
            }
            PostingList farApart = PostingList.ofSorted(new int[] {0, all[7], all[SERIES - 1], 1 << 30, -5, -1});
            check(farApart, list, reader);
        }
    }

    private static void check(PostingList series, PostingList list, IndexReader reader) throws IOException {
        assertArrayEquals(
                Arrays.stream(series.toArray()).filter(list::contains).toArray(),
                reader.filter(series, NAME, LONG, true).toArray());
        assertEquals(Arrays.stream(series.toArray()).anyMatch(list::contains), hasAnyOf(reader, series));
        assertArrayEquals(
                Arrays.stream(series.toArray()).filter(id -> !list.contains(id)).toArray(),
                reader.filter(series, NAME, LONG, false).toArray());
    }

    private static boolean hasAnyOf(IndexReader reader, PostingList series) throws IOException {
        boolean[] found = new boolean[1];
        reader.forEachValue(NAME, LONG, (bytes, offset, length) -> true, (bytes, offset, length, postings) -> {
            found[0] = postings.hasAnyOf(series);
            return true;
        });
        return found[0];
    }

    @Test
    void aDamagedListIsFoundHoweverItIsAsked() throws IOException {
        byte[] file = file();
        try (IndexReader reader = IndexSeries.open(file)) {
            // In its middle: behind it is the list of the third that has the other value.
            file[(int) reader.toc().postingsTable() - 4 * SERIES * 2 / 3] ^= 1;
        }
        try (IndexReader reader = IndexSeries.open(file)) {
            PostingList few = PostingList.ofSorted(new int[] {10, 20});
            PostingList some = PostingList.ofSorted(Arrays.copyOf(reader.all().toArray(), SERIES / 30));
            PostingList more = PostingList.ofSorted(Arrays.copyOf(reader.all().toArray(), SERIES / 6));
            PostingList many = reader.all();
            for (PostingList series : new PostingList[] {few, some, more, many}) {
                assertThrows(CorruptionException.class, () -> reader.filter(series, NAME, LONG, true));
                assertThrows(CorruptionException.class, () -> reader.filter(series, NAME, LONG, false));
            }
            assertThrows(CorruptionException.class, () -> reader.postings(NAME, LONG));
        }
    }

    private static byte[] file() throws IOException {
        IndexSeries series = new IndexSeries();
        for (int i = 0; i < SERIES; i++) {
            series.add(Labels.of("i", String.format("%06d", i), "l", i % 3 == 1 ? "y" : "x"), new long[] {0, 1, 8});
        }
        return series.write();
    }
}
