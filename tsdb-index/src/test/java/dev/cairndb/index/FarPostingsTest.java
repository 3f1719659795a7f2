package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.MappedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Posting lists that lie far away are fetched in as many rounds as depend on each other, not one by one. */
class FarPostingsTest {
    private static final int SERIES = 9000;

    private final byte[] index = large();
    private final byte[] header = IndexHeaderTest.headerOf(index);

    private static byte[] large() {
        IndexSeries series = new IndexSeries();
        for (int i = 0; i < SERIES; i++) {
            Labels labels = Labels.of("__name__", "m" + i % 3, "host", "host-" + i, "zone", "z" + i % 5);
            series.add(labels, new long[] {1, 2, 8});
        }
        try {
            return series.write();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** An index that counts the rounds in which its lists are fetched, and what is read of them that was not. */
    private static final class FarFile implements MappedFile, RangeFetcher {
        private final MappedFile file;
        private final long listsFrom;
        private final long listsTo;
        private final BitSet fetched = new BitSet();
        private int roomMax = Integer.MAX_VALUE;
        private long roomBytesMax = Long.MAX_VALUE;
        private int rounds;
        private int readsUnfetched;
        private long rangesGiven;

        FarFile(byte[] index) throws IOException {
            file = SparseStorage.of(index).map(Path.of("i"));
            try (IndexReader reader = IndexSeries.open(index)) {
                listsFrom = reader.toc().postings();
                listsTo = reader.toc().postingsTable();
            }
        }

        @Override
        public int fetch(long[] starts, long[] ends, int count) {
            int before = fetched.cardinality();
            rangesGiven += count;
            int room = Math.min(count, roomMax);
            long bytesLeft = roomBytesMax;
            for (int i = 0; i < room; i++) {
                bytesLeft -= ends[i] - starts[i];
                if (bytesLeft < 0) {
                    room = i;
                    break;
                }
                fetched.set((int) starts[i], (int) ends[i]);
            }
            rounds += fetched.cardinality() > before ? 1 : 0;
            return room;
        }

        private void look(long position, long length) {
            boolean inLists = position >= listsFrom && position < listsTo;
            if (inLists && fetched.nextClearBit((int) position) < position + length) {
                readsUnfetched++;
            }
        }

        @Override
        public long size() {
            return file.size();
        }

        @Override
        public byte get(long position) {
            look(position, 1);
            return file.get(position);
        }

        @Override
        public int getInt(long position) {
            look(position, Integer.BYTES);
            return file.getInt(position);
        }

        @Override
        public long getLong(long position) {
            look(position, Long.BYTES);
            return file.getLong(position);
        }

        @Override
        public void get(long position, byte[] target, int offset, int length) {
            look(position, length);
            file.get(position, target, offset, length);
        }

        @Override
        public void getInts(long position, int[] target, int offset, int count) {
            look(position, (long) count * Integer.BYTES);
            file.getInts(position, target, offset, count);
        }

        @Override
        public int crc32c(long position, long length) {
            look(position, length);
            return file.crc32c(position, length);
        }

        @Override
        public void close() {
            file.close();
        }
    }

    private IndexReader open(FarFile far) throws IOException {
        return IndexHeader.open(SparseStorage.of(header).map(Path.of("h")), "header", far, "index", far);
    }

    private void assertRounds(int rounds, Matcher... matchers) throws IOException {
        FarFile far = new FarFile(index);
        try (IndexReader reader = open(far);
                IndexReader near = IndexSeries.open(index)) {
            int[] expected = Selections.select(near, matchers).toArray();
            assertArrayEquals(expected, Selections.select(reader, matchers).toArray());
            assertEquals(rounds, far.rounds, List.of(matchers).toString());
            assertEquals(0, far.readsUnfetched, List.of(matchers).toString());
        }
    }

    @Test
    void allThatIsLookedUpComesInOneRound() throws IOException {
        assertRounds(1, Matcher.equal("__name__", "m1"));
        assertRounds(1, Matcher.equal("__name__", "m1"), Matcher.equal("zone", "z4"));
        assertRounds(
                1,
                Matcher.regex("host", "host-1|host-77|host-8999|absent"),
                Matcher.equal("__name__", "m2"),
                Matcher.notEqual("zone", "z2"),
                Matcher.notRegex("zone", "z0|z1"));
        assertRounds(0, Matcher.equal("__name__", "m1"), Matcher.equal("zone", "absent"));
    }

    @Test
    void theListsOfAllValuesThatARegexAcceptsComeInOneRound() throws IOException {
        assertRounds(1, Matcher.regex("host", ".*7"));
        assertRounds(1, Matcher.regex("host", "host-1.*"));
        // One for each beginning.
        assertRounds(3, Matcher.regex("host", "host-[1-3].*"));
        assertRounds(1, Matcher.regex("zone", ".+"));
        assertRounds(2, Matcher.regex("host", ".*[13]"), Matcher.equal("zone", "z1"));
        // More values than are kept at a time.
        assertRounds(2, Matcher.regex("host", ".+"));
    }

    @Test
    void listsThatThereIsNoRoomForAtOnceComeInTurn() throws IOException {
        for (int room : new int[] {1000, 0}) {
            FarFile far = new FarFile(index);
            far.roomMax = room;
            try (IndexReader reader = open(far);
                    IndexReader near = IndexSeries.open(index)) {
                Matcher all = Matcher.regex("host", ".+");
                assertArrayEquals(
                        Selections.select(near, all).toArray(),
                        Selections.select(reader, all).toArray());
                // Of 4096 values, and of the 4904 behind them.
                assertEquals(room == 0 ? 0 : 5 + 5, far.rounds);
                assertEquals(room == 0 ? SERIES : 0, Math.min(SERIES, far.readsUnfetched));
                // A window is not given anew for each of its values.
                assertTrue(far.rangesGiven < 16 * SERIES, () -> "ranges: " + far.rangesGiven);
            }
        }
    }

    @Test
    void listsThatFitAreNotPassedOverForLong() throws IOException {
        int listsMax = 20;
        IndexSeries series = new IndexSeries();
        int small = 0;
        for (int value = 0; value < 300; value++) {
            boolean isLong = value < listsMax || value % 10 == 0;
            small += isLong ? 0 : 1;
            for (int i = 0; i < (isLong ? 100 : 1); i++) {
                series.add(Labels.of("host", "h" + (1000 + value), "i", "" + (1000 + i)), new long[] {1, 2, 8});
            }
        }
        byte[] mixed = series.write();
        FarFile far = new FarFile(mixed);
        far.roomBytesMax = 200;
        try (IndexReader reader = IndexHeader.open(
                SparseStorage.of(IndexHeaderTest.headerOf(mixed)).map(Path.of("h")), "header", far, "index", far)) {
            assertEquals(
                    20 * 100 + 28 * 100 + small,
                    Selections.select(reader, Matcher.regex("host", "h.+")).toArray().length);
        }
        // Length, count, one reference, checksum. Behind the long ones no more are passed over than those were.
        int listBytes = 4 * Integer.BYTES;
        int fetched = far.fetched.cardinality() / listBytes;
        int missed = small - fetched;
        assertTrue(missed < listsMax, () -> "passed over: " + missed);
        assertTrue(missed >= 0, () -> "fetched: " + fetched);
    }

    @Test
    void theListsOfValuesOfTheSelectedSeriesComeTogether() throws IOException {
        FarFile far = new FarFile(index);
        try (IndexReader reader = open(far);
                IndexReader near = IndexSeries.open(index)) {
            Matcher[] matchers = {Matcher.equal("__name__", "m1"), Matcher.equal("zone", "z4")};
            assertEquals(texts(near, "host", matchers), texts(reader, "host", matchers));
            // Two windows of values behind the look-up.
            assertEquals(3, far.rounds);
            assertEquals(texts(near, "host"), texts(reader, "host"));
            assertEquals(3, far.rounds);
            assertEquals(0, far.readsUnfetched);
        }
    }

    private static List<String> texts(IndexReader reader, String name, Matcher... matchers) throws IOException {
        return Selections.labelValues(reader, name, matchers).stream()
                .map(value -> Utf8.decode(value, 0, value.length))
                .toList();
    }
}
