package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.testkit.FuzzCorpus;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Bytes as a record of a chunk snapshot: read, or refused as corrupt; what is given out lies inside the record. */
public class SnapshotRecordFuzzTest {
    @Test
    void whateverIsInTheCorpusIsReadOrRefused() throws IOException {
        FuzzCorpus.replay(SnapshotRecordFuzzTest.class, SnapshotRecordFuzzTest::fuzzerTestOneInput);
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        Reader reader = new Reader();
        try {
            new SnapshotDecoder().read(input, 0, input.length, reader);
        } catch (CorruptionException e) {
            return;
        }
        // A record takes more bytes than it gives out entries.
        assertTrue(reader.entries <= input.length);
    }

    private static final class Reader implements SnapshotHandler {
        int entries;

        @Override
        public void series(long seriesRef, byte[] labels, int offset, int length) {
            entries++;
            Objects.checkFromIndexSize(offset, length, labels.length);
        }

        @Override
        public void chunk(
                long seriesRef,
                long minTimestampMillis,
                long maxTimestampMillis,
                int encodingId,
                byte[] data,
                int offset,
                int length,
                long lastValueBits,
                @Nullable HistogramSample lastHistogram) {
            entries++;
            Objects.checkFromIndexSize(offset, length, data.length);
        }

        @Override
        public void tombstone(long seriesRef, long minTimestampMillis, long maxTimestampMillis) {
            entries++;
        }

        @Override
        public void exemplar(
                long seriesRef, long timestampMillis, long valueBits, byte[] labels, int offset, int length) {
            entries++;
            Objects.checkFromIndexSize(offset, length, labels.length);
        }
    }
}
