package dev.cairndb.receiver.grpc;

import io.grpc.Codec;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * The message encoding that Thanos' components name {@code snappy}: each message is a stream in Snappy's framing format
 * of its own (github.com/google/snappy, framing_format.txt). Stateless.
 */
final class SnappyCodec implements Codec {
    static final String NAME = "snappy";

    @Override
    public String getMessageEncoding() {
        return NAME;
    }

    @Override
    public InputStream decompress(InputStream framed) {
        return new SnappyFrameInput(framed);
    }

    @Override
    public OutputStream compress(OutputStream target) {
        return new SnappyFrameOutput(target);
    }
}
