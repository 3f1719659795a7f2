package dev.cairndb.receiver.grpc;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.QueryStoppedException;
import dev.cairndb.receiver.grpc.Queries.RefusedException;
import io.grpc.Status;

/** Puts series into {@code thanos.SeriesResponse}s, one or several into each, within limits. Not thread-safe. */
final class SeriesSender {
    private static final int SERIES = 1;
    private static final int BATCH = 4;
    private static final int SAMPLES_PER_CHUNK = 120;
    /** A batch ends with the series that makes it so long, whatever size was asked for. */
    private static final int BATCH_BYTES_MAX = 1 << 20;

    private final Reply reply;
    private final long batchSize;
    private final long seriesMax;
    private final long samplesMax;
    private final Message message = new Message();
    private final ByteWriter batch = new ByteWriter(0);
    private int inBatch;
    private long seriesSent;
    private long samplesSent;

    SeriesSender(Reply reply, long batchSize, StoreAccess access) {
        this.reply = reply;
        this.batchSize = batchSize;
        seriesMax = access.seriesMax();
        samplesMax = access.samplesMax();
    }

    /** Sends a series, or keeps it for the batch; its bytes are not needed any more. */
    void send(SeriesFrames series) throws QueryStoppedException, RefusedException {
        checkRoomFor(1, series.chunks());
        seriesSent++;
        samplesSent += (long) series.chunks() * SAMPLES_PER_CHUNK;
        for (int frame = 0; frame < series.count(); frame++) {
            if (batchSize > 1) {
                addToBatch(series, frame);
            } else {
                message.head().clear();
                ProtoWriter.start(message.head(), SERIES, series.length(frame));
                reply.send(message.body(series.array(), series.begin(frame), series.length(frame)));
            }
        }
    }

    /** Before more is held that is to be sent: beyond a limit it would be held for nothing. */
    void checkRoomFor(long series, long chunks) throws RefusedException {
        checkLimit("series", seriesSent + series, seriesMax);
        checkLimit("samples", samplesSent + chunks * SAMPLES_PER_CHUNK, samplesMax);
    }

    private static void checkLimit(String what, long sent, long max) throws RefusedException {
        if (max > 0 && sent > max) {
            throw new RefusedException(Status.RESOURCE_EXHAUSTED.withDescription(
                    "failed to send " + what + ": limit " + max + " violated (got " + sent + ")"));
        }
    }

    private void addToBatch(SeriesFrames series, int frame) throws QueryStoppedException {
        ProtoWriter.bytes(batch, SERIES, series.array(), series.begin(frame), series.length(frame));
        inBatch++;
        if (inBatch >= batchSize || batch.size() >= BATCH_BYTES_MAX) {
            flush();
        }
    }

    void warn(String text) throws QueryStoppedException {
        flush();
        reply.send(Queries.warning(text));
    }

    void flush() throws QueryStoppedException {
        if (inBatch > 0) {
            message.head().clear();
            ProtoWriter.start(message.head(), BATCH, batch.size());
            reply.send(message.body(batch.array(), 0, batch.size()));
            batch.clear();
            inBatch = 0;
        }
    }
}
