package dev.cairndb.objstore;

import java.io.ByteArrayInputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The bytes of an object to be stored. The length is known before the first byte, and the bytes can be read as often as
 * a store needs to retry: every {@link #open} starts at the first one and yields exactly {@link #length} bytes, always
 * the same. Implementations are thread-safe; the stream belongs to the caller of {@code open}, who closes it.
 */
public interface ObjectBody {
    long length();

    InputStream open() throws IOException;

    /**
     * Opens like {@link #open} for a look at bytes that are not sent by it, as for a checksum: who paces or counts what
     * is sent lets these pass.
     */
    default InputStream openToInspect() throws IOException {
        return open();
    }

    /** The array is not copied and must not change while the body is in use. */
    static ObjectBody ofBytes(byte[] bytes) {
        return new ObjectBody() {
            @Override
            public long length() {
                return bytes.length;
            }

            @Override
            public InputStream open() {
                return new ByteArrayInputStream(bytes);
            }
        };
    }

    /** A file as long as it is now; it must not change while the body is in use. */
    static ObjectBody ofFile(Path file) throws IOException {
        long length = Files.size(file);
        return new ObjectBody() {
            @Override
            public long length() {
                return length;
            }

            @Override
            public InputStream open() throws IOException {
                // Not Files.newInputStream: a channel closes itself when its reader is interrupted.
                return new FileInputStream(file.toFile());
            }
        };
    }
}
