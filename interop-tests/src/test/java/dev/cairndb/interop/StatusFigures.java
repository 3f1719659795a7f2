package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Compares what two programs say of the heads of their tenants ({@code thanos.Status}), field by field. */
final class StatusFigures {
    private static final int SERIES_BY_METRIC = 2;
    private static final int VALUES_BY_NAME = 3;
    private static final int BYTES_BY_NAME = 4;
    private static final int SERIES_BY_PAIR = 5;
    /** Of a label in a series: its name and its value take 15 more each. */
    private static final int MORE_BYTES_OF_THANOS = 30;

    private StatusFigures() {}

    /**
     * Fails if they differ.
     *
     * @param tenant empty for all
     * @param limit entries in each list
     * @return figures that are the same
     */
    static int compare(GrpcClient theirs, GrpcClient ours, String tenant, int limit, String what) {
        List<byte[]> expected = entries(theirs, tenant, limit);
        List<byte[]> found = entries(ours, tenant, limit);
        assertEquals(expected.size(), found.size(), what);
        int compared = 0;
        for (int i = 0; i < expected.size(); i++) {
            compared += compareEntries(expected.get(i), found.get(i), limit, what);
        }
        return compared;
    }

    /** An entry for each tenant. */
    private static List<byte[]> entries(GrpcClient client, String tenant, int limit) {
        ProtoMessage request = new ProtoMessage().text(1, tenant).number(2, limit);
        GrpcClient.Answer answer = client.call("thanos.Status/TSDBStatistics", request.toBytes());
        assertTrue(answer.status().isOk(), () -> String.valueOf(answer.status()));
        assertEquals(1, answer.messages().size());
        byte[] all = ProtoMessage.all(answer.messages().get(0), 1).get(0).bytes();
        return ProtoMessage.all(all, 1).stream().map(ProtoMessage.Field::bytes).toList();
    }

    /** Which of equal counts are sent, and their order, is open: Thanos takes them as they lie in a hash table. */
    private static int compareEntries(byte[] expectedEntry, byte[] foundEntry, int limit, String what) {
        assertEquals(
                ProtoMessage.all(expectedEntry, 1).get(0).text(),
                ProtoMessage.all(foundEntry, 1).get(0).text(),
                what);
        byte[] expected = ProtoMessage.all(expectedEntry, 2).get(0).bytes();
        byte[] found = ProtoMessage.all(foundEntry, 2).get(0).bytes();
        byte[] expectedHead = headOf(expected);
        byte[] foundHead = headOf(found);
        int compared = 0;
        // The third is the number of chunks, which Thanos does not count.
        assertEquals(List.of(), numbers(expectedHead, 3), what);
        for (int field : new int[] {1, 2, 4, 5}) {
            assertEquals(numbers(expectedHead, field), numbers(foundHead, field), what + ", field " + field);
            compared++;
        }
        for (int list : new int[] {SERIES_BY_METRIC, VALUES_BY_NAME, SERIES_BY_PAIR}) {
            List<Long> values = counts(expected, list);
            assertEquals(values, counts(found, list), what + ", list " + list);
            if (!values.isEmpty()) {
                long least = values.get(values.size() - 1);
                assertEquals(named(expected, list, least), named(found, list, least), what + ", list " + list);
            }
            compared += values.size();
        }
        return compared + compareBytes(expected, found, limit, what);
    }

    /**
     * A string is kept by Thanos with a pointer and a length in front, and by Prometheus, as we count, with one byte. So
     * other names may take the most: which are sent is compared only where all are.
     */
    private static int compareBytes(byte[] expected, byte[] found, int limit, String what) {
        TreeMap<String, Long> theirs = named(expected, BYTES_BY_NAME, -1);
        TreeMap<String, Long> ours = named(found, BYTES_BY_NAME, -1);
        assertEquals(theirs.size(), ours.size(), what);
        if (theirs.size() == limit) {
            return theirs.size();
        }
        assertEquals(theirs.keySet(), ours.keySet(), what);
        TreeMap<String, Long> pairs = named(found, SERIES_BY_PAIR, -1);
        boolean allPairs = pairs.size() == numbers(headOf(found), 2).get(0);
        if (allPairs) {
            ours.forEach((name, bytes) -> {
                long series = pairs.entrySet().stream()
                        .filter(pair -> pair.getKey().startsWith(name + "="))
                        .mapToLong(Map.Entry::getValue)
                        .sum();
                assertEquals(theirs.get(name), bytes + series * MORE_BYTES_OF_THANOS, what + ", bytes of " + name);
            });
        }
        return theirs.size();
    }

    private static byte[] headOf(byte[] figures) {
        return ProtoMessage.all(figures, 1).get(0).bytes();
    }

    private static List<Long> counts(byte[] figures, int list) {
        return ProtoMessage.all(figures, list).stream()
                .map(count -> numbers(count.bytes(), 2).get(0))
                .toList();
    }

    /** The names with counts above the least, and the counts. */
    private static TreeMap<String, Long> named(byte[] figures, int list, long least) {
        TreeMap<String, Long> named = new TreeMap<>();
        for (ProtoMessage.Field entry : ProtoMessage.all(figures, list)) {
            long count = numbers(entry.bytes(), 2).get(0);
            if (count > least) {
                named.put(ProtoMessage.all(entry.bytes(), 1).get(0).text(), count);
            }
        }
        return named;
    }

    private static List<Long> numbers(byte[] message, int number) {
        return ProtoMessage.all(message, number).stream()
                .map(ProtoMessage.Field::value)
                .toList();
    }
}
