package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.HeadChunkReader;
import dev.cairndb.chunks.HeadChunkWriter;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Moves closed chunks to the files of chunks_head, and deletes files nobody needs. Used by one maintenance thread at a
 * time, the one that also truncates, so that what was copied is still there when it is replaced.
 */
final class HeadChunkMapper {
    private final HeadState state;
    private final HeadChunkWriter writer;
    private final HeadChunkReader reader;
    private final HeadChunkFiles files;
    private final WriteAheadLog lateLog;
    private final ChunkMapper inOrder;
    private @Nullable ChunkMapper late;

    HeadChunkMapper(HeadState state, HeadChunkWriter writer, WriteAheadLog lateLog) {
        this.state = state;
        this.writer = writer;
        this.lateLog = lateLog;
        reader = state.chunkReader;
        files = state.chunkFiles;
        inOrder = new ChunkMapper(state, writer);
    }

    /** Moves what waits of samples in order. */
    void mapInOrder() throws IOException {
        inOrder.map();
    }

    /** Moves all that waits. */
    void map() throws IOException {
        mapInOrder();
        mapLate();
    }

    /** Moves what waits of late samples. */
    void mapLate() throws IOException {
        ChunkMapper mapper = lateMapper();
        if (mapper != null) {
            mapper.map();
        }
    }

    /** Moves late chunks without a word to the late log. */
    void mapLateUnmarked() throws IOException {
        ChunkMapper mapper = lateMapper();
        if (mapper != null) {
            mapper.mapUnmarked();
        }
    }

    private @Nullable ChunkMapper lateMapper() {
        LateRows rows = state.late;
        if (rows == null) {
            return null;
        }
        ChunkMapper mapper = late;
        if (mapper == null) {
            mapper = new ChunkMapper(state, writer, rows, new LateLogging(rows, lateLog));
            late = mapper;
        }
        return mapper;
    }

    /** Makes all that was moved durable, before the log that also holds it is truncated. */
    void sync() throws IOException {
        writer.sync();
    }

    /** Deletes files whose chunks in order all end before a time and are in a block. Nobody may read them any more. */
    void truncate(long minMillisKept) throws IOException {
        int keepFrom = files.firstNeeded(minMillisKept);
        if (!files.hasFilesBefore(keepFrom)) {
            return;
        }
        if (keepFrom == Integer.MAX_VALUE) {
            writer.cut();
        }
        writer.forgetBefore(keepFrom);
        reader.truncateBefore(keepFrom);
        files.forgetBefore(keepFrom);
    }

    void close() throws IOException {
        try (writer) {
            reader.close();
        }
    }
}
