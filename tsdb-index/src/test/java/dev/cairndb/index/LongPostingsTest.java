package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Lists of a block that are long, or short and many: series are looked up in them in more than one way. */
final class LongPostingsTest {
    private static final int SERIES = 60_000;
    private static final byte[] NAME = {'l'};
    private static final byte[] LONG = {'x'};
    private static final byte[] SHORT_NAME = {'k'};
    private static final int SHORT_VALUES = 700;
    private static final byte[] NEAR_NAME = {'b'};
    private static final int NEAR_SERIES = 100;

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
        assertArrayEquals(reader.filter(series, NAME, LONG, true).toArray(), among(reader, NAME, LONG, series));
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

    private static int[] among(IndexReader reader, byte[] name, byte[] value, PostingList series) throws IOException {
        List<PostingList> found = new ArrayList<>();
        reader.forEachValue(name, value, (bytes, offset, length) -> true, (bytes, offset, length, postings) -> {
            found.add(postings.loadAmong(series));
            return false;
        });
        return found.get(0).toArray();
    }

    @Test
    void shortListsOfManyValuesAreReadAmongSomeSeries() throws IOException {
        try (IndexReader reader = IndexSeries.open(file())) {
            int[] all = reader.all().toArray();
            for (int step : new int[] {1, 7, 100, 10_000}) {
                PostingList series = PostingList.ofSorted(IntStream.range(0, SERIES / step)
                        .map(i -> all[i * step])
                        .toArray());
                for (int value = 0; value < SHORT_VALUES; value++) {
                    int[] list = reader.postings(SHORT_NAME, shortValue(value)).toArray();
                    assertTrue(list.length >= SERIES / SHORT_VALUES);
                    assertArrayEquals(
                            Arrays.stream(list).filter(series::contains).toArray(),
                            among(reader, SHORT_NAME, shortValue(value), series));
                }
            }
        }
    }

    @Test
    void shortListsOfSeriesCloseTogetherAreReadAmongFewSeries() throws IOException {
        try (IndexReader reader = IndexSeries.open(file())) {
            PostingList series = every(60, reader.all());
            for (int value = 0; value < SERIES / NEAR_SERIES; value++) {
                int[] list = reader.postings(NEAR_NAME, shortValue(value)).toArray();
                assertEquals(NEAR_SERIES, list.length);
                assertArrayEquals(
                        Arrays.stream(list).filter(series::contains).toArray(),
                        among(reader, NEAR_NAME, shortValue(value), series));
            }
        }
    }

    @Test
    void aShortListThatIsDamagedOrOutOfOrderIsFoundAmongSomeSeries() throws IOException {
        byte[] file = file();
        int content;
        PostingList all;
        try (IndexReader reader = IndexSeries.open(file)) {
            all = reader.all();
            content = contentOf(file, reader.postings(NEAR_NAME, shortValue(0)).toArray());
        }
        int length = Integer.BYTES * (NEAR_SERIES + 1);
        file[content + length / 2] ^= 1;
        assertIsFound(file, NEAR_NAME, shortValue(0), all, every(60, all));
        file[content + length / 2] ^= 1;
        // Two that are not among the few.
        exchange(file, content, length, 20);
        assertIsFound(file, NEAR_NAME, shortValue(0), all, every(60, all));
    }

    @Test
    void aLongListThatIsOutOfOrderIsFoundAmongOtherSeries() throws IOException {
        byte[] file = file();
        int[] list;
        PostingList all;
        try (IndexReader reader = IndexSeries.open(file)) {
            all = reader.all();
            list = reader.postings(NAME, LONG).toArray();
        }
        int exchanged = 20_001;
        PostingList others = all.minus(PostingList.ofSorted(new int[] {list[exchanged], list[exchanged + 1]}));
        exchange(file, contentOf(file, list), Integer.BYTES * (list.length + 1), exchanged);
        // As many as are read with it, searched in it, and looked up one by one.
        assertIsFound(file, NAME, LONG, others, every(3, others), every(30, others), every(10_000, others));
    }

    private static PostingList every(int step, PostingList series) {
        int[] refs = series.toArray();
        return PostingList.ofSorted(
                IntStream.range(0, refs.length / step).map(i -> refs[i * step]).toArray());
    }

    /** Exchanges a reference of a list with the one behind it, and puts the checksum right. */
    private static void exchange(byte[] file, int content, int length, int index) {
        ByteBuffer bytes = ByteBuffer.wrap(file);
        int at = content + Integer.BYTES * (1 + index);
        int ref = bytes.getInt(at);
        bytes.putInt(at, bytes.getInt(at + Integer.BYTES));
        bytes.putInt(at + Integer.BYTES, ref);
        bytes.putInt(content + length, Crc32c.of(file, content, length));
    }

    private static void assertIsFound(byte[] file, byte[] name, byte[] value, PostingList... asked) throws IOException {
        for (PostingList series : asked) {
            try (IndexReader reader = IndexSeries.open(file)) {
                assertThrows(CorruptionException.class, () -> among(reader, name, value, series));
                assertThrows(CorruptionException.class, () -> reader.filter(series, name, value, false));
            }
        }
    }

    /** Where the number of references stands in the file, and they behind it. */
    private static int contentOf(byte[] file, int[] refs) {
        ByteBuffer wanted = ByteBuffer.allocate((1 + refs.length) * Integer.BYTES);
        wanted.putInt(refs.length);
        Arrays.stream(refs).forEach(wanted::putInt);
        byte[] bytes = wanted.array();
        int at = 0;
        while (!Arrays.equals(file, at, at + bytes.length, bytes, 0, bytes.length)) {
            at++;
        }
        return at;
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

    private static byte[] shortValue(int number) {
        return Utf8.encode(shortText(number));
    }

    private static String shortText(int number) {
        return "value" + (1_000 + number);
    }

    private static byte[] file() throws IOException {
        IndexSeries series = new IndexSeries();
        for (int i = 0; i < SERIES; i++) {
            series.add(
                    Labels.of(
                            "b",
                            shortText(i / NEAR_SERIES),
                            "i",
                            String.format("%06d", i),
                            "k",
                            shortText(i % SHORT_VALUES),
                            "l",
                            i % 3 == 1 ? "y" : "x"),
                    new long[] {0, 1, 8});
        }
        return series.write();
    }
}
