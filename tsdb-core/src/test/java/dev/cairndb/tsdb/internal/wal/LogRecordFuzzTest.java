package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.testkit.FuzzCorpus;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Bytes as a log record: refused as corrupt before anything of it is given out, or the same when written again. */
public class LogRecordFuzzTest {
    @Test
    void whateverIsInTheCorpusIsReadOrRefused() throws IOException {
        FuzzCorpus.replay(LogRecordFuzzTest.class, LogRecordFuzzTest::fuzzerTestOneInput);
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        RecordedLog found = read(input);
        if (found == null || input.length == 0 || !RecordDecoder.decodes(input[0])) {
            return;
        }
        assertTrue(found.entries.size() <= input.length);
        boolean hasOrigin = input.length > 2 * Long.BYTES;
        if (hasOrigin || found.entries.size() > 0) {
            RecordedLog again = read(RewrittenRecord.of(input));
            assertEquals(found.entries, again == null ? null : again.entries);
        }
    }

    private static RecordedLog read(byte[] record) throws IOException {
        RecordDecoder decoder = new RecordDecoder();
        try {
            decoder.read(record, 0, record.length);
        } catch (CorruptionException e) {
            return null;
        }
        RecordedLog read = new RecordedLog();
        decoder.deliver(read);
        return read;
    }
}
