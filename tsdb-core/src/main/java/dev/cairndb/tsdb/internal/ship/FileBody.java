package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.io.ReadFile;
import dev.cairndb.io.Storage;
import dev.cairndb.objstore.ObjectBody;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Objects;

/** A finished file of a block as the body of an object. Thread-safe. */
final class FileBody implements ObjectBody {
    private final Storage storage;
    private final Path file;
    private final long length;

    FileBody(Storage storage, Path file) throws IOException {
        this.storage = storage;
        this.file = file;
        this.length = storage.size(file);
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public InputStream open() throws IOException {
        return new FileStream(storage.open(file));
    }

    private static final class FileStream extends InputStream {
        private final ReadFile in;
        private long position;

        FileStream(ReadFile in) {
            this.in = in;
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
            int read = in.read(position, bytes, offset, count);
            position += read;
            return read == 0 ? -1 : read;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
