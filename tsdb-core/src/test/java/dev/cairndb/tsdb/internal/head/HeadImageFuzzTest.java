package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairndb.index.HeadPostings;
import dev.cairndb.index.LabelIndex;
import dev.cairndb.index.PostingList;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.testkit.FuzzCorpus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Bytes as an image of a head, whose checksums are put right: refused, or a head that can be used and written again. */
public class HeadImageFuzzTest {
    private static final int HEADER_BYTES = 5;
    private static final int END_BYTES = 4 * Long.BYTES + 3 * Integer.BYTES;
    private static final int LISTS_AT = Long.BYTES + 3 * Integer.BYTES;
    private static final int FRAME_BYTES_MIN = 2 * Integer.BYTES + 1;

    @Test
    void whateverIsInTheCorpusIsReadOrRefused() throws IOException {
        FuzzCorpus.replay(HeadImageFuzzTest.class, HeadImageFuzzTest::fuzzerTestOneInput);
    }

    @Test
    void whatIsWrittenIsRead() throws Exception {
        for (Map.Entry<String, byte[]> example : HeadImages.examples().entrySet()) {
            byte[] image = example.getValue();
            byte[] sealed = image.clone();
            putChecksumsRight(sealed);
            assertEquals(HexFormat.of().formatHex(image), HexFormat.of().formatHex(sealed), example.getKey());
            check(image);
        }
    }

    /** Else a small file would take much memory. */
    @Test
    void numbersThatAFileHasNoRoomForAreRefused() throws IOException {
        for (byte[] image : HeadImages.examples().values()) {
            for (int field = 0; field < 3; field++) {
                byte[] changed = image.clone();
                int end = image.length - END_BYTES - Integer.BYTES;
                BigEndian.putInt(changed, end + Long.BYTES + field * Integer.BYTES, 1 << 28);
                putChecksumsRight(changed);
                assertThrows(CorruptionException.class, () -> check(changed), "field " + field);
            }
        }
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        putChecksumsRight(input);
        try {
            check(input);
        } catch (CorruptionException | FormatVersionException e) {
            // as it should
        }
    }

    // ---- lengths of frames and checksums

    private static void putChecksumsRight(byte[] image) {
        int end = image.length - END_BYTES - Integer.BYTES;
        if (end < HEADER_BYTES) {
            return;
        }
        long from = HEADER_BYTES;
        for (int part = 0; part < 3; part++) {
            long to = BigEndian.getLong(image, end + LISTS_AT + part * Long.BYTES);
            if (to < from || to > end) {
                break;
            }
            sealFrames(image, (int) from, (int) to);
            from = to;
        }
        sealFrames(image, (int) from, end);
        BigEndian.putInt(image, end + END_BYTES, Crc32c.of(image, end, END_BYTES));
    }

    /** A frame whose length cannot be takes all that is left. */
    private static void sealFrames(byte[] image, int from, int to) {
        for (int at = from; to - at >= FRAME_BYTES_MIN; ) {
            int rest = to - at - 2 * Integer.BYTES;
            int length = BigEndian.getInt(image, at);
            if (length <= 0 || length > rest) {
                length = rest;
                BigEndian.putInt(image, at, length);
            }
            int start = at + Integer.BYTES;
            BigEndian.putInt(image, start + length, Crc32c.of(image, start, length));
            at = start + length + Integer.BYTES;
        }
    }

    // ---- what must hold

    private static void check(byte[] image) throws IOException {
        try (HeadImages.Filled head = new HeadImages.Filled().read(image)) {
            Content content = Content.of(head.state);
            byte[] written = head.image(new ByteWriter(16));
            try (HeadImages.Filled again = new HeadImages.Filled()) {
                readWritten(again, written);
                assertEquals(content, Content.of(again.state));
            }
            // The checksums tell of damage. Lists of other series than those that are there nobody looks for.
            if (listsByRows(head.state).equals(lists(head.state))) {
                head.finish();
                assertEquals(listsByRows(head.state), lists(head.state));
                Content unused = Content.of(head.state);
            }
        }
    }

    /** Here nothing may be refused. */
    private static void readWritten(HeadImages.Filled head, byte[] image) {
        try {
            HeadImages.Filled unused = head.read(image);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** What an image brings, but chunks: rows as text, and the slots of each label by name, and by name and value. */
    private record Content(List<String> rows, Map<String, List<Integer>> series) {
        static Content of(HeadState state) throws IOException {
            Map<String, List<Integer>> series = new TreeMap<>();
            LabelIndex index = state.registry.postings();
            series.put("all", slots(index.all()));
            index.forEachName((bytes, offset, length) -> {
                byte[] name = Arrays.copyOfRange(bytes, offset, offset + length);
                PostingList with = index.seriesWith(name);
                series.put(hex(name), with == null ? List.of() : slots(with));
                index.forEachValue(name, (value, from, size, postings) -> {
                    byte[] copy = Arrays.copyOfRange(value, from, from + size);
                    assertEquals(slots(postings.load()), slots(index.postings(name, copy)));
                    series.put(hex(name) + "=" + hex(copy), slots(postings.load()));
                    return true;
                });
                return true;
            });
            return new Content(rows(state), series);
        }

        private static List<String> rows(HeadState state) {
            List<String> rows = new ArrayList<>();
            ByteWriter labels = new ByteWriter(64);
            for (int slot = 0; slot < state.rows.limit(); slot++) {
                long ref = state.registry.ref(slot);
                if (ref != 0) {
                    labels.clear();
                    state.registry.packLabels(slot, labels);
                    long hash = state.rows.getLong(slot, Rows.HASH);
                    boolean isLogged = state.rows.has(slot, Rows.LOGGED);
                    rows.add(slot + " " + ref + " " + hash + " " + isLogged + " " + hex(labels.toByteArray()));
                }
            }
            return rows;
        }
    }

    private static List<Integer> slots(PostingList list) {
        List<Integer> slots = new ArrayList<>();
        list.forEach(slots::add);
        return slots;
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /** Slots by the symbols of names, and of names and values, as the rows have them. */
    private static Map<String, Set<Integer>> listsByRows(HeadState state) {
        Map<String, Set<Integer>> lists = new TreeMap<>();
        for (int slot = 0; slot < state.rows.limit(); slot++) {
            if (state.registry.ref(slot) != 0) {
                List<Integer> symbols = new ArrayList<>();
                state.registry.forEachSymbol(slot, symbols::add);
                for (int i = 0; i < symbols.size(); i += 2) {
                    String name = String.valueOf(symbols.get(i));
                    lists.computeIfAbsent(name, none -> new TreeSet<>()).add(slot);
                    lists.computeIfAbsent(name + "=" + symbols.get(i + 1), none -> new TreeSet<>())
                            .add(slot);
                }
            }
        }
        return lists;
    }

    private static Map<String, Set<Integer>> lists(HeadState state) throws IOException {
        Map<String, Set<Integer>> lists = new TreeMap<>();
        state.registry.forEachList(new HeadPostings.ListVisitor() {
            private int name;

            @Override
            public void name(int nameSymbol, PostingList series) {
                name = nameSymbol;
                lists.put(String.valueOf(nameSymbol), new TreeSet<>(slots(series)));
            }

            @Override
            public void value(int valueSymbol, PostingList series) {
                lists.put(name + "=" + valueSymbol, new TreeSet<>(slots(series)));
            }
        });
        return lists;
    }
}
