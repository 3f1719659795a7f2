package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;

/** Samples with start timestamps (0 for none): the model that XOR2 chunks are compared with. */
record Xor2Samples(long[] timestampsMillis, long[] startTimestampsMillis, long[] valuesBits) {
    int size() {
        return timestampsMillis.length;
    }

    Xor2Samples first(int count) {
        return new Xor2Samples(
                Arrays.copyOf(timestampsMillis, count),
                Arrays.copyOf(startTimestampsMillis, count),
                Arrays.copyOf(valuesBits, count));
    }

    byte[] encode() {
        byte[] buffer = new byte[8 * (size() + 1) * 4];
        Xor2Appender appender = new Xor2Appender();
        appender.start(buffer, 0);
        for (int i = 0; i < size(); i++) {
            appendTo(appender, i);
        }
        return Arrays.copyOf(buffer, appender.byteLength());
    }

    void appendTo(Xor2Appender appender, int index) {
        appender.append(timestampsMillis[index], startTimestampsMillis[index], valuesBits[index]);
    }

    /** The cursor, which is before its first sample, gives these samples and no more. */
    void assertReadBy(SampleCursor cursor) throws IOException {
        for (int i = 0; i < size(); i++) {
            assertTrue(cursor.next(), "a sample " + i);
            assertEquals(timestampsMillis[i], cursor.timestampMillis(), "time of sample " + i);
            assertEquals(valuesBits[i], cursor.valueBits(), "value bits of sample " + i);
            assertEquals(startTimestampsMillis[i], cursor.startTimestampMillis(), "start of sample " + i);
            assertEquals(SampleKind.FLOAT, cursor.kind());
        }
        assertFalse(cursor.next(), "no sample behind the last one");
        assertFalse(cursor.next(), "nothing behind the end");
    }
}
