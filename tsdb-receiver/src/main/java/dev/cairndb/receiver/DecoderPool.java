package dev.cairndb.receiver;

import dev.cairndb.remote.RemoteWriteDecoder;
import java.util.concurrent.ArrayBlockingQueue;

/** Decoders for the next requests; more than are kept are made and dropped. Thread-safe. */
final class DecoderPool {
    private final ArrayBlockingQueue<RemoteWriteDecoder> kept;

    DecoderPool(int keptMax) {
        kept = new ArrayBlockingQueue<>(keptMax);
    }

    RemoteWriteDecoder take() {
        RemoteWriteDecoder decoder = kept.poll();
        return decoder != null ? decoder : new RemoteWriteDecoder();
    }

    void give(RemoteWriteDecoder decoder) {
        boolean unused = kept.offer(decoder);
    }
}
