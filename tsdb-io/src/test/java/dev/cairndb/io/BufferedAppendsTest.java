package dev.cairndb.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BufferedAppendsTest {
    /** A file in memory whose disk is full now and then, in the middle of a write. */
    private static final class FullNowAndThen implements AppendFile {
        private final ByteWriter bytes = new ByteWriter(64);
        private final Random random;
        private int failures;

        FullNowAndThen(Random random) {
            this.random = random;
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            if (random.nextInt(3) == 0) {
                bytes.putBytes(source, offset, random.nextInt(length + 1));
                failures++;
                throw new IOException("No space left on device");
            }
            bytes.putBytes(source, offset, length);
        }

        @Override
        public void writeAt(long position, byte[] source, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long size() {
            return bytes.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            if (random.nextInt(4) == 0) {
                failures++;
                throw new IOException("Input/output error");
            }
            bytes.size((int) size);
        }

        @Override
        public void sync() {}

        @Override
        public void close() {}
    }

    @Test
    void failedWritesLeaveNoTraceOnceTheyCanBeRepeated() throws IOException {
        int failures = 0;
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            FullNowAndThen file = new FullNowAndThen(random);
            BufferedAppends out = new BufferedAppends(file, new byte[32]);
            ByteWriter expected = new ByteWriter(64);
            for (int i = 0; i < 60; i++) {
                byte[] data = new byte[random.nextInt(90)];
                random.nextBytes(data);
                appendRecord(out, data);
                int start = expected.size();
                expected.putLong(data.length);
                expected.putBytes(data, 0, data.length);
                expected.putInt(Crc32c.of(expected.array(), start, expected.size() - start));
                assertEquals(expected.size(), out.position());
            }
            flush(out);
            assertArrayEquals(expected.toByteArray(), file.bytes.toByteArray(), "seed " + seed);
            failures += file.failures;
        }
        assertTrue(failures > 1000, "failures " + failures);
    }

    @Test
    void numbersTextsAndPaddingAreWrittenAsTheReaderReadsThem() throws IOException {
        FullNowAndThen file = new FullNowAndThen(new Random(1));
        BufferedAppends out = new BufferedAppends(file, new byte[16]);
        byte[] text = {1, 2, 3};
        for (int i = 0; i < 100; i++) {
            long start = out.position();
            while (true) {
                try {
                    out.putInt(i << 24);
                    out.putVarint(-i);
                    out.putUvarint(i * 100L);
                    out.putString(text, 0, text.length);
                    out.putByte(i);
                    out.pad(8);
                    break;
                } catch (IOException e) {
                    out.rollBack(start);
                }
            }
        }
        flush(out);
        ByteReader in = new ByteReader("file").reset(file.bytes.array(), 0, file.bytes.size(), 0);
        for (int i = 0; i < 100; i++) {
            assertEquals(i << 24, in.readInt());
            assertEquals(-i, in.readVarint());
            assertEquals(i * 100L, in.readUvarint());
            assertEquals(text.length, in.readUvarint());
            assertEquals(1, in.array()[in.skip(text.length)]);
            assertEquals(i, in.readByte());
            while (in.position() % 8 != 0) {
                assertEquals(0, in.readByte());
            }
        }
        assertEquals(0, in.remaining());
    }

    private static void appendRecord(BufferedAppends out, byte[] data) {
        long start = out.position();
        while (true) {
            try {
                out.startCrc();
                out.putLong(data.length);
                out.putBytes(data, 0, data.length);
                out.putCrc();
                return;
            } catch (IOException e) {
                out.rollBack(start);
            }
        }
    }

    private static void flush(BufferedAppends out) {
        while (true) {
            try {
                out.flush();
                return;
            } catch (IOException e) {
                // once more
            }
        }
    }
}
