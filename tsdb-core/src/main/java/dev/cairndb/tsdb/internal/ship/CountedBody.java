package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.objstore.ObjectBody;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/** A body whose bytes are told of as they pass; those of an attempt that is given up are taken back. */
final class CountedBody implements ObjectBody {
    private final ObjectBody body;
    private final LongConsumer bytesPassed;
    private long told;

    CountedBody(ObjectBody body, LongConsumer bytesPassed) {
        this.body = body;
        this.bytesPassed = bytesPassed;
    }

    @Override
    public long length() {
        return body.length();
    }

    @Override
    public InputStream openToInspect() throws IOException {
        return body.openToInspect();
    }

    @Override
    public InputStream open() throws IOException {
        tell(-told);
        return new FilterInputStream(body.open()) {
            @Override
            public int read() throws IOException {
                int read = super.read();
                tell(read < 0 ? 0 : 1);
                return read;
            }

            @Override
            public int read(byte[] bytes, int offset, int count) throws IOException {
                int read = super.read(bytes, offset, count);
                tell(Math.max(0, read));
                return read;
            }
        };
    }

    private synchronized void tell(long bytes) {
        told += bytes;
        bytesPassed.accept(bytes);
    }
}
