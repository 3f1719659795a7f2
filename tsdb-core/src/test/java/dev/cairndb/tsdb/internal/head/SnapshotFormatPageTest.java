package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairndb.index.Labels;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.testkit.FormatPage;
import dev.cairndb.tsdb.internal.wal.SnapshotEncoder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the format page says is what the code does. */
final class SnapshotFormatPageTest {
    private static final long TIME = 1_700_000_000_000L;
    private static final byte[] UP = Labels.of("__name__", "up").packed();
    private static final SnapshotState STATE =
            new SnapshotState(9, 4, Map.of(1, new SnapshotState.ChunkFile(110, TIME + 45_002)));

    private final FormatPage page = FormatPage.read("chunk_snapshot.md");
    private final ByteWriter written = new ByteWriter(64);

    private String hex() {
        return HexFormat.of().formatHex(written.toByteArray());
    }

    @Test
    void theRecordsAreWhatTheEncoderWrites() {
        byte[] chunk = HexFormat.of().parseHex("000480a0abfef9623ff0000000000000987540016137ffb7ffd00080");
        SnapshotEncoder.series(written, 7, UP, 0, UP.length);
        SnapshotEncoder.chunk(written, TIME, TIME + 45_002, 1, chunk, 0, chunk.length);
        SnapshotEncoder.lastValue(written, Double.doubleToRawLongBits(1.5));
        assertEquals(page.hex("series"), hex());

        written.clear();
        SnapshotEncoder.series(written, 8, UP, 0, UP.length);
        SnapshotEncoder.noChunk(written);
        assertEquals(page.hex("idle"), hex());

        written.clear();
        ByteWriter stones = new ByteWriter(16);
        SnapshotEncoder.stone(stones, 7, TIME, TIME + 15_000);
        SnapshotEncoder.tombstones(written, stones);
        assertEquals(page.hex("tombstones"), hex());

        written.clear();
        byte[] labels = Labels.of("trace_id", "a").packed();
        SnapshotEncoder.beginExemplars(written, 7, TIME);
        SnapshotEncoder.exemplar(written, 0, 0, Double.doubleToRawLongBits(0.5), labels, 0, labels.length);
        assertEquals(page.hex("exemplars"), hex());
    }

    @Test
    void theStateIsWrittenAndReadAsThePageSays() throws Exception {
        STATE.put(written);
        assertEquals(page.hex("state"), hex());
        assertEquals(STATE, SnapshotState.read("file", written.toByteArray()));
    }

    @Test
    void aStateThatIsCutOrChangedIsRejected() {
        STATE.put(written);
        byte[] whole = written.toByteArray();
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThrows(CorruptionException.class, () -> SnapshotState.read("file", cut), "length " + length);
        }
        for (int i = 0; i < whole.length; i++) {
            byte[] changed = whole.clone();
            changed[i] ^= 0x10;
            Class<? extends Exception> expected = i == 4 ? FormatVersionException.class : CorruptionException.class;
            assertThrows(expected, () -> SnapshotState.read("file", changed), "byte " + i);
        }
    }
}
