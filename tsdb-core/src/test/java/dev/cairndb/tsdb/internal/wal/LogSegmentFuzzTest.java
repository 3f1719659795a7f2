package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.io.AppendFile;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.FuzzCorpus;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bytes as the segments of a log: read and repaired, and the same when read again. */
public class LogSegmentFuzzTest {
    @Test
    void whateverIsInTheCorpusIsReadAndRepaired() throws IOException {
        FuzzCorpus.replay(LogSegmentFuzzTest.class, LogSegmentFuzzTest::fuzzerTestOneInput);
    }

    /** The first byte says whether another segment follows. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length == 0) {
            return;
        }
        CrashingStorage storage = new CrashingStorage(1);
        storage.createDurableDirectories(LogFixture.DIRECTORY);
        byte[] segment = Arrays.copyOfRange(input, 1, input.length);
        write(storage, "00000000", segment);
        if ((input[0] & 1) != 0) {
            write(storage, "00000001", new byte[0]);
        }
        RecordedLog read = LogFixture.read(storage);
        RecordedLog again = LogFixture.read(storage);
        assertEquals(read.entries, again.entries);
        assertEquals(List.of(), again.damages);
        assertEquals(0, again.cutBytes);
    }

    private static void write(CrashingStorage storage, String name, byte[] bytes) throws IOException {
        try (AppendFile file = storage.create(LogFixture.DIRECTORY.resolve(name))) {
            file.write(bytes, 0, bytes.length);
        }
    }
}
