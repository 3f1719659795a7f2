package dev.cairndb.chunks;

import java.io.IOException;

/** CairnDB's XOR chunks. */
final class XorFloatCodec implements FloatCodec {
    private final XorAppender appender = new XorAppender();
    private final XorCursor cursor = new XorCursor();
    private final ChunkArrays chunks = new ChunkArrays();

    @Override
    public int encode(int chunk, long[] timestampsMillis, long[] valueBits) {
        byte[] target = chunks.room(chunk, timestampsMillis.length * XorAppender.MAX_BYTES_PER_SAMPLE);
        appender.start(target, 0);
        appender.append(timestampsMillis, valueBits, 0, timestampsMillis.length);
        return chunks.keep(chunk, appender.byteLength());
    }

    @Override
    public void decode(int chunk, long[] timestampsMillis, long[] valueBits) throws IOException {
        cursor.reset(chunks.bytes(chunk), 0, chunks.length(chunk)).decode(timestampsMillis, valueBits, 0);
    }

    @Override
    public long walk(int chunk, long[] timestampsMillis, long[] valueBits) throws IOException {
        cursor.reset(chunks.bytes(chunk), 0, chunks.length(chunk));
        long sum = 0;
        while (cursor.next()) {
            sum ^= cursor.timestampMillis() ^ cursor.valueBits();
        }
        return sum;
    }
}
