package dev.cairndb.chunks;

import dev.cairndb.io.CorruptionException;
import java.io.IOException;

/** CairnDB's chunks, without start timestamps. */
final class ChunkFloatCodec implements FloatCodec {
    private final FloatAppender appender;
    private final Opening cursors;
    private final ChunkArrays chunks = new ChunkArrays();

    private ChunkFloatCodec(FloatAppender appender, Opening cursors) {
        this.appender = appender;
        this.cursors = cursors;
    }

    static ChunkFloatCodec xor() {
        return new ChunkFloatCodec(new XorAppender(), new XorCursor()::reset);
    }

    static ChunkFloatCodec xor2() {
        return new ChunkFloatCodec(new Xor2Appender(), new Xor2Cursor()::reset);
    }

    /** Puts a cursor in front of a chunk. */
    private interface Opening {
        FloatCursor at(byte[] bytes, int offset, int length) throws CorruptionException;
    }

    @Override
    public int encode(int chunk, long[] timestampsMillis, long[] valueBits) {
        byte[] target = chunks.room(chunk, timestampsMillis.length * appender.bytesPerSampleMax());
        appender.start(target, 0);
        appender.append(timestampsMillis, valueBits, 0, timestampsMillis.length);
        return chunks.keep(chunk, appender.byteLength());
    }

    @Override
    public int append(int chunk, long[] timestampsMillis, long[] valueBits) {
        byte[] target = chunks.room(chunk, timestampsMillis.length * appender.bytesPerSampleMax());
        appender.start(target, 0);
        for (int i = 0; i < timestampsMillis.length; i++) {
            appender.append(timestampsMillis[i], 0, valueBits[i]);
        }
        return chunks.keep(chunk, appender.byteLength());
    }

    @Override
    public void decode(int chunk, long[] timestampsMillis, long[] valueBits) throws IOException {
        cursors.at(chunks.bytes(chunk), 0, chunks.length(chunk)).decode(timestampsMillis, valueBits, 0);
    }

    @Override
    public long walk(int chunk, long[] timestampsMillis, long[] valueBits) throws IOException {
        FloatCursor cursor = cursors.at(chunks.bytes(chunk), 0, chunks.length(chunk));
        long sum = 0;
        while (cursor.next()) {
            sum ^= cursor.timestampMillis() ^ cursor.valueBits();
        }
        return sum;
    }
}
