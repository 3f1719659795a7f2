package dev.cairndb.chunks;

import java.io.IOException;

/** CairnDB's XOR2 chunks, without start timestamps. */
final class Xor2FloatCodec implements FloatCodec {
    private final Xor2Appender appender = new Xor2Appender();
    private final Xor2Cursor cursor = new Xor2Cursor();
    private final ChunkArrays chunks = new ChunkArrays();

    @Override
    public int encode(int chunk, long[] timestampsMillis, long[] valueBits) {
        byte[] target = chunks.room(chunk, timestampsMillis.length * Xor2Appender.MAX_BYTES_PER_SAMPLE);
        appender.start(target, 0);
        for (int i = 0; i < timestampsMillis.length; i++) {
            appender.append(timestampsMillis[i], 0, valueBits[i]);
        }
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
