package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.io.ReadFile;
import dev.cairndb.io.Storage;
import dev.cairndb.objstore.ObjectBody;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/** A finished file of a block as the body of an object. Sending it ends early when it is to stop. Thread-safe. */
final class FileBody implements ObjectBody {
    private final Storage storage;
    private final Path file;
    private final long length;
    private final Watcher watcher;
    private final BooleanSupplier stop;

    /** Hears of bytes that are sent. */
    interface Watcher {
        /** @param position how far the file was read, which may be again */
        void bytesPassed(int count, long position);
    }

    /** One that nobody watches or stops. */
    FileBody(Storage storage, Path file) throws IOException {
        this(storage, file, (count, position) -> {}, () -> false);
    }

    FileBody(Storage storage, Path file, Watcher watcher, BooleanSupplier stop) throws IOException {
        this.storage = storage;
        this.file = file;
        this.length = storage.size(file);
        this.watcher = watcher;
        this.stop = stop;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public InputStream open() throws IOException {
        return new FileStream(storage.open(file), true);
    }

    @Override
    public InputStream openToInspect() throws IOException {
        return new FileStream(storage.open(file), false);
    }

    private final class FileStream extends InputStream {
        private final ReadFile in;
        private final boolean isSent;
        private long position;

        FileStream(ReadFile in, boolean isSent) {
            this.in = in;
            this.isSent = isSent;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int count) throws IOException {
            Objects.checkFromIndexSize(offset, count, bytes.length);
            if (count == 0) {
                return 0;
            }
            if (stop.getAsBoolean()) {
                throw new IOException("shipping was stopped: file=" + file);
            }
            int read = in.read(position, bytes, offset, count);
            position += read;
            if (isSent) {
                watcher.bytesPassed(read, position);
            }
            return read == 0 ? -1 : read;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
