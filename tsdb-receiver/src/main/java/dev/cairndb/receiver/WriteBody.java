package dev.cairndb.receiver;

import dev.cairndb.remote.KnownLabels;
import dev.cairndb.remote.RemoteWriteDecoder;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.remote.RemoteWriteVersion;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** All bytes of a write, however they came. Used by one thread at a time. */
interface WriteBody {
    RemoteWriteVersion version();

    /** Bytes as they came. */
    int size();

    /** What the work on it costs beside that on others: its bytes, packed and unpacked. */
    long cost();

    /** What decoding will need beside the bytes that are here. */
    long decodingBytes();

    /** Takes bytes of those that may be in flight, to be given back; false if there are too few. */
    boolean take(long bytes);

    void giveBack(long bytesTaken);

    /** May be called again; the request is valid until the decoder's next one. */
    RemoteWriteRequest decode(RemoteWriteDecoder decoder, @Nullable KnownLabels known) throws IOException;

    /** It will not be decoded again. */
    void release();
}
