package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.HeadChunkReader;
import dev.cairndb.chunks.HeadChunkWriter;
import dev.cairndb.chunks.HeadFileList;
import dev.cairndb.chunks.XorAppender;
import dev.cairndb.index.Labels;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.tsdb.FloatEncoding;
import dev.cairndb.tsdb.TsdbOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is made of series with several references, and of markers of late chunks. */
class HeadReplayTest {
    private static final long RANGE = 7_200_000;
    private static final long START = 1_699_999_200_000L;
    private static final Path DATA = Path.of("/data");
    private static final Path CHUNKS_HEAD = DATA.resolve("chunks_head");
    private static final byte[] LABELS = Labels.of("__name__", "a").packed();

    private final CrashingStorage storage = new CrashingStorage(1);

    private HeadState state(HeadChunkReader reader) {
        HeadSettings settings = new HeadSettings(
                RANGE, RANGE, 12 * RANGE, TsdbOptions.defaults().limits(), FloatEncoding.XOR, 0, 0);
        return new HeadState(settings, new Epochs(), reader, new CacheBudget(0), damage -> {});
    }

    private static void series(HeadReplay replay, long seriesRef) {
        replay.series(seriesRef, LABELS, 0, LABELS.length);
    }

    /** Chunks of the newest come last: with an older one new chunks would be read before them after the next start. */
    @Test
    void theNewestReferenceOfASeriesGoesOnWhateverComesFirst() throws IOException {
        for (long[] refs : new long[][] {{5, 9}, {9, 5}, {5, 9, 7}}) {
            try (HeadChunkReader reader = HeadChunkReader.open(storage, CHUNKS_HEAD)) {
                HeadState state = state(reader);
                HeadReplay replay = new HeadReplay(state, Long.MIN_VALUE, Runnable::run);
                for (long ref : refs) {
                    series(replay, ref);
                }
                int slot = replay.slotOf(5);
                assertEquals(slot, replay.slotOf(9));
                assertEquals(9, state.registry.ref(slot));
                state.discard();
            }
        }
    }

    private long writeLateChunk(int samples) throws IOException {
        storage.createDurableDirectories(DATA);
        XorAppender chunk = new XorAppender();
        byte[] bytes = new byte[1024];
        chunk.start(bytes, 0);
        for (int i = 0; i < samples; i++) {
            chunk.append(START + i, Double.doubleToRawLongBits(i));
        }
        try (HeadChunkWriter writer = HeadChunkWriter.open(storage, CHUNKS_HEAD, HeadFileList.empty())) {
            return writer.write(5, START, START + samples - 1, ChunkEncoding.XOR, true, bytes, 0, chunk.byteLength());
        }
    }

    /** A writer may have logged samples behind those of the chunk before it logged the marker. */
    @Test
    void aMarkerStandsForTheSamplesOfItsChunkAlone() throws IOException {
        long reference = writeLateChunk(2);
        try (HeadChunkReader reader = HeadChunkReader.open(storage, CHUNKS_HEAD)) {
            HeadState state = state(reader);
            HeadReplay replay = new HeadReplay(state, Long.MIN_VALUE, Runnable::run);
            reader.scan(replay);
            series(replay, 5);
            LateReplay late = new LateReplay(state, replay);
            long[] times = {START, START + 1, START + 2, START + 3};
            late.samples(new long[] {5, 5, 5, 5}, times, new long[4], new long[4], 4);
            late.mmapMarker(5, reference);
            LateRows rows = state.lateRows();
            int row = rows.rowOf(state.rows.page(replay.slotOf(5)), replay.slotOf(5));
            List<Long> unmapped = new ArrayList<>();
            new UnmappedSamples(rows).read(row, sample -> unmapped.add(sample.timestampMillis()));
            assertEquals(List.of(START + 2, START + 3), unmapped);
            assertEquals(reference, rows.closed.reference(rows.rows.page(row), row, 0));
            assertEquals(0, late.chunksLost());
            state.discard();
        }
    }
}
