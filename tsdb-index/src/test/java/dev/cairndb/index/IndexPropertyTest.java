package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Written, read and selected from, against looking at every series. */
final class IndexPropertyTest {
    private static final String[] NAMES = {"__name__", "a", "b", "ab", "Z", "\uFFEE", "\uD83D\uDE00"};
    private static final String[] VALUES = {
        "", "a", "b", "ab", "abc", "b\nc", "é", "\uFFEE", "\uD83D\uDE00", "1", "12", "2"
    };
    private static final String[] REGEXES = {
        "",
        ".*",
        ".+",
        "a",
        "a|b",
        "a|",
        "a.*",
        ".*b",
        ".*b.*",
        "a.+",
        "[ab]",
        "[^a]",
        ".",
        "..",
        "(?i)A.*",
        "b.c",
        "a(b|c)?",
        "é|1",
        "1?2",
        "\\d+",
        "x",
        "a.*|1.*",
        "(ab|a)c?",
        ".+.+"
    };

    record Written(List<Labels> series, long seed) {}

    @Property(tries = 300)
    void whatWasWrittenIsRead(@ForAll("examples") Written example) throws IOException {
        IndexSeries written = series(example);
        byte[] file = written.write();
        for (int memory : new int[] {0, 300, 1000}) {
            assertArrayEquals(file, written.write(memory), "memory " + memory);
        }
        try (IndexReader reader = IndexSeries.open(file)) {
            int[] refs = reader.all().toArray();
            SeriesEntry entry = new SeriesEntry();
            int number = 0;
            for (Map.Entry<Labels, long[][]> one : written.series.entrySet()) {
                reader.series(refs[number++], entry);
                assertEquals(one.getKey(), entry.toLabels());
                long[][] found = new long[entry.chunks().count()][];
                for (int i = 0; i < found.length; i++) {
                    found[i] = new long[] {
                        entry.chunks().minTimestampMillis(i),
                        entry.chunks().maxTimestampMillis(i),
                        entry.chunks().ref(i)
                    };
                }
                assertArrayEquals(one.getValue(), found);
            }
            assertEquals(number, refs.length);
        }
    }

    @Property(tries = 300)
    void selectionsAreThoseOfLookingAtEachSeries(
            @ForAll("examples") Written example, @ForAll("matchers") List<Matcher> list) throws IOException {
        checkSelections(series(example), example.seed, list.toArray(new Matcher[0]));
    }

    /** As many as it takes for lists to be looked up together, and to be asked for some series. */
    @Example
    void selectionsAmongManySeriesAndValuesAreThoseOfLookingAtEachSeries() throws IOException {
        IndexSeries series = new IndexSeries();
        for (int i = 0; i < 1_000; i++) {
            // Of these lists the block's are spread over all series, and those of the head lie close together.
            series.add(Labels.of("a", "v" + i % 300, "b", "w" + i / 3, "n", "n" + i / 200 % 3, "o", "o" + i % 2));
        }
        Matcher n = Matcher.of(Matcher.Type.EQUAL, "n", "n1");
        Matcher o = Matcher.of(Matcher.Type.EQUAL, "o", "o1");
        for (String name : List.of("a", "b", "absent")) {
            for (String regex : List.of(".+", ".*2.*", ".+5.*", "v1.*", "w.+7|v.+7", "none.*")) {
                Matcher positive = Matcher.of(Matcher.Type.REGEX, name, regex);
                Matcher negative = Matcher.of(Matcher.Type.NOT_REGEX, name, regex);
                Matcher other = Matcher.of(Matcher.Type.NOT_REGEX, "b", ".*3.*");
                for (Matcher[] matchers : new Matcher[][] {
                    {positive},
                    {negative},
                    {n, positive},
                    {n, negative},
                    {n, o, positive},
                    {n, negative, other},
                    {positive, other},
                    {negative, other},
                    {n, o, positive, other}
                }) {
                    checkSelections(series, 1, matchers);
                }
            }
        }
    }

    private static void checkSelections(IndexSeries written, long seed, Matcher... matchers) throws IOException {
        try (IndexReader reader = IndexSeries.open(written.write())) {
            int[] refs = reader.all().toArray();
            List<Integer> expected = new ArrayList<>();
            TreeSet<String> names = new TreeSet<>(IndexPropertyTest::compareUtf8);
            TreeSet<String> values = new TreeSet<>(IndexPropertyTest::compareUtf8);
            int number = 0;
            for (Labels labels : written.series.keySet()) {
                int ref = refs[number++];
                if (Arrays.stream(matchers).allMatch(matcher -> matcher.matches(labels.get(matcher.name())))) {
                    expected.add(ref);
                    names.addAll(labels.names());
                    values.add(labels.get("a"));
                }
            }
            values.remove("");
            LabelIndex unsorted = new UnsortedIndex(reader, seed);
            for (LabelIndex index : List.of(reader, unsorted)) {
                assertEquals(matchers.length == 0 ? List.of() : expected, ids(Selections.select(index, matchers)));
                assertEquals(List.copyOf(names), strings(Selections.labelNames(index, matchers)));
                assertEquals(List.copyOf(values), strings(Selections.labelValues(index, "a", matchers)));
            }
            // A head gives series slots in the order they come in; here the last one comes first.
            HeadPostings head = head(new ArrayList<>(written.series.descendingKeySet()));
            List<Integer> slots = new ArrayList<>();
            expected.forEach(ref -> slots.add(0, refs.length - 1 - Arrays.binarySearch(refs, ref)));
            assertEquals(matchers.length == 0 ? List.of() : slots, ids(Selections.select(head, matchers)));
            assertEquals(List.copyOf(names), strings(Selections.labelNames(head, matchers)));
            assertEquals(List.copyOf(values), strings(Selections.labelValues(head, "a", matchers)));
        }
    }

    private static HeadPostings head(List<Labels> series) {
        SymbolTable symbols = new SymbolTable();
        HeadPostings head = new HeadPostings(symbols);
        for (int slot = 0; slot < series.size(); slot++) {
            byte[] packed = series.get(slot).packed();
            int[] numbers = new int[2 * series.get(slot).size()];
            int count = 0;
            for (int at = 0; at < packed.length; at = PackedLabels.stringEnd(packed, at)) {
                numbers[count++] = symbols.intern(
                        packed, PackedLabels.stringStart(packed, at), PackedLabels.stringLength(packed, at));
            }
            head.add(slot, numbers, count / 2);
        }
        return head;
    }

    private static int compareUtf8(String a, String b) {
        return Arrays.compareUnsigned(Utf8.encode(a), Utf8.encode(b));
    }

    private static List<Integer> ids(PostingList list) {
        return Arrays.stream(list.toArray()).boxed().toList();
    }

    private static List<String> strings(List<byte[]> list) {
        return list.stream().map(bytes -> Utf8.decode(bytes, 0, bytes.length)).toList();
    }

    private static IndexSeries series(Written example) {
        Random random = new Random(example.seed);
        IndexSeries series = new IndexSeries();
        for (Labels labels : example.series) {
            if (labels.isEmpty()) {
                continue;
            }
            int count = random.nextInt(4) == 0 ? 0 : random.nextInt(6);
            long[][] chunks = new long[count][];
            long time = random.nextInt(3) == 0 ? random.nextLong() / 4 : 1_700_000_000_000L;
            long ref = random.nextInt(1000);
            for (int i = 0; i < count; i++) {
                long end = time + (random.nextInt(5) == 0 ? 0 : random.nextInt(1 << random.nextInt(31)));
                chunks[i] = new long[] {time, end, ref};
                time = end + 1 + random.nextInt(1 << random.nextInt(31));
                ref += (long) random.nextInt(1 << random.nextInt(31)) << random.nextInt(20);
            }
            series.add(labels, chunks);
        }
        return series;
    }

    @Provide
    Arbitrary<Written> examples() {
        Arbitrary<Labels> labels = Arbitraries.of(VALUES)
                .array(String[].class)
                .ofSize(NAMES.length)
                .map(values -> {
                    Labels.Builder builder = Labels.builder();
                    for (int i = 0; i < NAMES.length; i++) {
                        builder.add(NAMES[i], values[i]);
                    }
                    return builder.build();
                });
        return Combinators.combine(labels.list().ofMaxSize(80), Arbitraries.longs())
                .as(Written::new);
    }

    @Provide
    Arbitrary<List<Matcher>> matchers() {
        Arbitrary<String> names = Arbitraries.of("__name__", "a", "b", "ab", "absent", "");
        Arbitrary<Matcher> equalities = Combinators.combine(
                        Arbitraries.of(Matcher.Type.EQUAL, Matcher.Type.NOT_EQUAL), names, Arbitraries.of(VALUES))
                .as(Matcher::of);
        Arbitrary<Matcher> regexes = Combinators.combine(
                        Arbitraries.of(Matcher.Type.REGEX, Matcher.Type.NOT_REGEX), names, Arbitraries.of(REGEXES))
                .as(Matcher::of);
        return Arbitraries.oneOf(equalities, regexes).list().ofMaxSize(4);
    }

    /** The same index with its values in no order, as a head has them. */
    private record UnsortedIndex(IndexReader reader, long seed) implements LabelIndex {
        @Override
        public PostingList all() throws IOException {
            return reader.all();
        }

        @Override
        public PostingList postings(byte[] name, byte[] value) throws IOException {
            return reader.postings(name, value);
        }

        @Override
        public void forEachValue(byte[] name, ValueVisitor visitor) throws IOException {
            List<byte[]> values = new ArrayList<>();
            reader.forEachValue(name, (bytes, offset, length, postings) -> {
                values.add(Arrays.copyOfRange(bytes, offset, offset + length));
                return true;
            });
            Collections.shuffle(values, new Random(seed));
            for (byte[] value : values) {
                if (!visitor.value(value, 0, value.length, () -> reader.postings(name, value))) {
                    return;
                }
            }
        }

        @Override
        public void forEachName(NameVisitor visitor) throws IOException {
            List<byte[]> names = new ArrayList<>();
            reader.forEachName(
                    (bytes, offset, length) -> names.add(Arrays.copyOfRange(bytes, offset, offset + length)));
            Collections.shuffle(names, new Random(seed));
            for (byte[] name : names) {
                if (!visitor.name(name, 0, name.length)) {
                    return;
                }
            }
        }

        @Override
        public boolean valuesAreSorted(byte[] name) {
            return false;
        }
    }
}
