package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LabelDifferenceTest {
    private static final int BASE_AT = 5;
    private static final int LABELS_AT = 3;

    private final byte[] entries = new byte[1 << 18];
    private int baseTo;

    @Test
    void whatWasWrittenIsOfTheSameBytesAlone() {
        Random random = new Random(11);
        int differences = 0;
        for (int round = 0; round < 3_000; round++) {
            List<String> base = someLabels(random);
            byte[] series = bytes(changed(base, random));
            putBase(bytes(base));
            int size = write(series, series.length);
            if (size < 0) {
                continue;
            }
            differences++;
            assertTrue(isOf(series), "the labels themselves");
            byte[] other = series.clone();
            other[random.nextInt(other.length)] ^= (byte) (1 + random.nextInt(255));
            assertFalse(isOf(other), "labels with a byte changed");
        }
        assertTrue(differences > 2_000, "differences: " + differences);
    }

    @Test
    void takesTheBytesThatDiffer() {
        putBase(bytes(List.of("__name__=up", "instance=a:9100", "job=node", "zone=eu")));
        byte[] series = bytes(List.of("__name__=down", "instance=a:9100", "job=node", "le=5", "zone=eu"));

        // A literal, a copy of two labels with a literal, a copy.
        assertEquals(3 * 6 + bytes(List.of("__name__=down", "le=5")).length, write(series, series.length));
        assertTrue(isOf(series));
    }

    @Test
    void thereIsNoneOfMoreBytesThanAllowed() {
        putBase(bytes(List.of("a=1")));
        byte[] series = bytes(List.of("b=2", "c=3"));
        assertEquals(6 + series.length, write(series, 6 + series.length));
        assertEquals(-1, write(series, 6 + series.length - 1));
    }

    @Test
    void bytesThatAreNoLabelsHaveNone() {
        putBase(bytes(List.of("a=1")));
        byte[] series = bytes(List.of("a=1", "b=2"));
        for (int at : new int[] {0, 1, series.length / 2}) {
            byte[] broken = series.clone();
            broken[at] = -1;
            assertEquals(-1, write(broken, 1_000), "broken at " + at);
        }
    }

    @Test
    void bytesThatAreNotThereYetAreOfNoLabels() {
        putBase(bytes(List.of("a=1", "b=2")));
        byte[] series = bytes(List.of("b=2", "c=3"));
        int size = write(series, 1_000);
        byte[] whole = entries.clone();
        for (int from = 0; from < size; from++) {
            for (int to = from + 1; to <= size; to++) {
                System.arraycopy(whole, 0, entries, 0, whole.length);
                Arrays.fill(entries, baseTo + from, baseTo + to, (byte) 0);
                boolean changed = !Arrays.equals(entries, whole);
                assertEquals(!changed, isOf(series), "zeros from " + from + " to " + to);
            }
        }
        Arrays.fill(entries, baseTo, entries.length, (byte) -1);
        assertFalse(isOf(series));
    }

    private void putBase(byte[] base) {
        System.arraycopy(base, 0, entries, BASE_AT, base.length);
        baseTo = BASE_AT + base.length;
    }

    private int write(byte[] series, int sizeMax) {
        byte[] request = inRequest(series);
        return LabelDifference.write(
                request, LABELS_AT, LABELS_AT + series.length, entries, BASE_AT, baseTo, baseTo, sizeMax);
    }

    private boolean isOf(byte[] series) {
        return LabelDifference.isOf(inRequest(series), LABELS_AT, LABELS_AT + series.length, entries, BASE_AT, baseTo);
    }

    private static byte[] inRequest(byte[] series) {
        byte[] request = new byte[LABELS_AT + series.length + 2];
        System.arraycopy(series, 0, request, LABELS_AT, series.length);
        return request;
    }

    private static List<String> someLabels(Random random) {
        List<String> labels = new ArrayList<>();
        for (int i = random.nextInt(12); i >= 0; i--) {
            labels.add(
                    "name" + random.nextInt(20) + "=" + "v".repeat(random.nextInt(random.nextInt(20) == 0 ? 300 : 30)));
        }
        return labels;
    }

    private static List<String> changed(List<String> labels, Random random) {
        List<String> changed = new ArrayList<>(labels);
        for (int i = random.nextInt(4); i > 0; i--) {
            int at = random.nextInt(changed.size());
            switch (random.nextInt(3)) {
                case 0 -> changed.set(at, "other=" + random.nextInt());
                case 1 -> changed.add(at, "more=" + random.nextInt());
                default -> changed.add(changed.remove(at));
            }
        }
        return changed;
    }

    /** As repeated labels, field 1 of a series, each with name and value. */
    private static byte[] bytes(List<String> labels) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String label : labels) {
            String[] parts = label.split("=", 2);
            byte[] name = parts[0].getBytes(StandardCharsets.UTF_8);
            byte[] value = parts[1].getBytes(StandardCharsets.UTF_8);
            ByteArrayOutputStream message = new ByteArrayOutputStream();
            putField(message, 0x0A, name);
            putField(message, 0x12, value);
            putField(out, 0x0A, message.toByteArray());
        }
        return out.toByteArray();
    }

    private static void putField(ByteArrayOutputStream out, int tag, byte[] bytes) {
        out.write(tag);
        int length = bytes.length;
        for (; length >= 0x80; length >>>= 7) {
            out.write(length | 0x80);
        }
        out.write(length);
        out.writeBytes(bytes);
    }
}
