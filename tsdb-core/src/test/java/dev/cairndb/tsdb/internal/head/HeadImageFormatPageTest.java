package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.index.PostingList;
import dev.cairndb.io.ByteReader;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.testkit.FormatPage;
import dev.cairndb.tsdb.internal.wal.SnapshotEncoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What the format page says is what the code does. */
final class HeadImageFormatPageTest {
    private static final long TIME = 1_700_000_000_000L;
    private static final byte[] UP = Labels.of("__name__", "up").packed();
    private static final byte[] JOB = Labels.of("__name__", "up", "job", "up").packed();

    private final FormatPage page = FormatPage.read("cairn.head.md");

    @Test
    void anImageIsWrittenAndReadAsThePageSays() throws IOException {
        ByteWriter stones = new ByteWriter(16);
        SnapshotEncoder.stone(stones, 7, TIME, TIME + 15_000);
        ByteWriter record = new ByteWriter(32);
        SnapshotEncoder.tombstones(record, stones);
        ByteWriter records = new ByteWriter(32);
        records.putUvarint(record.size());
        records.putBytes(record.array(), 0, record.size());
        byte[] image;
        try (HeadImages.Filled head = new HeadImages.Filled()) {
            head.state.registry.beginImage(0x1122334455667788L, 2);
            head.replay.series(7, UP, 0, UP.length);
            head.replay.series(8, JOB, 0, JOB.length);
            head.replay.samples(
                    new long[] {7}, new long[] {TIME}, new long[1], new long[] {Double.doubleToRawLongBits(1)}, 1);
            head.state.registry.endRestoring();
            image = head.image(records);
        }
        assertEquals(page.hex("image"), HexFormat.of().formatHex(image));
        try (HeadImages.Filled head = new HeadImages.Filled().read(page.bytes("image"))) {
            assertEquals(2, head.state.registry.active());
            assertEquals(0, head.replay.slotOf(7));
            assertEquals(1, head.replay.slotOf(8));
            assertEquals(0, head.state.registry.resolve(UP, 0, UP.length, false));
            assertEquals(1, head.state.registry.resolve(JOB, 0, JOB.length, false));
            assertEquals(TIME, head.state.rows.getLong(0, Rows.LAST_TIMESTAMP));
            assertFalse(head.state.rows.has(1, Rows.HAS_SAMPLE));
            assertArrayEquals(
                    new int[] {0, 1}, head.state.registry.postings().all().toArray());
            List<String> deleted = new ArrayList<>();
            head.state.tombstones.forEach((slot, ranges) ->
                    deleted.add(slot + " " + ranges.minTimestampMillis(0) + " " + ranges.maxTimestampMillis(0)));
            assertEquals(List.of("0 " + TIME + " " + (TIME + 15_000)), deleted);
        }
    }

    @Test
    void anImageThatIsCutOrChangedIsRejected() {
        byte[] whole = page.bytes("image");
        for (int length = 0; length < whole.length; length++) {
            requireRejected(CorruptionException.class, Arrays.copyOf(whole, length), "length " + length);
        }
        for (int i = 0; i < whole.length; i++) {
            byte[] changed = whole.clone();
            changed[i] ^= 0x10;
            requireRejected(i == 4 ? FormatVersionException.class : CorruptionException.class, changed, "byte " + i);
        }
    }

    private static void requireRejected(Class<? extends IOException> expected, byte[] image, String what) {
        assertThrows(
                expected,
                () -> {
                    try (HeadImages.Filled head = new HeadImages.Filled()) {
                        head.read(image);
                    }
                },
                what);
    }

    @Test
    void listsAreWrittenAndReadAsThePageSays() throws CorruptionException {
        requireList("slots", 3, 4, 300);
        requireList("bitmap", IntStream.range(0, 128).toArray());
    }

    private void requireList(String block, int... slots) throws CorruptionException {
        ByteWriter written = new ByteWriter(64);
        PostingList.ofSorted(slots).put(written);
        assertEquals(page.hex(block), HexFormat.of().formatHex(written.toByteArray()));
        ByteReader in = new ByteReader("list").reset(written.array(), 0, written.size(), 0);
        assertArrayEquals(
                slots, PostingList.read(in, slots[slots.length - 1] + 1).toArray());
        assertEquals(0, in.remaining());
    }

    @Test
    void theBoundOfSlotsIsThatOfThePage() {
        assertTrue(page.contains("twice as many slots as rows and 1024 more"));
        assertTrue(HeadImage.isDense(1024 + 20, 10));
        assertFalse(HeadImage.isDense(1024 + 21, 10));
    }
}
