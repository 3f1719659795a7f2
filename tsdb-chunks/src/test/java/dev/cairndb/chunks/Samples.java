package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;

/** A plain list of samples: the model that chunks are compared with. */
record Samples(long[] timestampsMillis, long[] valuesBits) {
    int size() {
        return timestampsMillis.length;
    }

    Samples first(int count) {
        return new Samples(Arrays.copyOf(timestampsMillis, count), Arrays.copyOf(valuesBits, count));
    }

    byte[] encode() {
        byte[] buffer = new byte[8 * (size() + 1) * 3];
        XorAppender appender = new XorAppender();
        appender.start(buffer, 0);
        for (int i = 0; i < size(); i++) {
            appender.append(timestampsMillis[i], valuesBits[i]);
        }
        return Arrays.copyOf(buffer, appender.byteLength());
    }

    /** The cursor, which is before its first sample, gives these samples and no more. */
    void assertReadBy(SampleCursor cursor) throws IOException {
        for (int i = 0; i < size(); i++) {
            assertTrue(cursor.next(), "a sample " + i);
            assertEquals(timestampsMillis[i], cursor.timestampMillis(), "time of sample " + i);
            assertEquals(valuesBits[i], cursor.valueBits(), "value bits of sample " + i);
            assertEquals(SampleKind.FLOAT, cursor.kind());
        }
        assertFalse(cursor.next(), "no sample behind the last one");
        assertFalse(cursor.next(), "nothing behind the end");
    }
}
