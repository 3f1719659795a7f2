package dev.cairndb.objstore.s3;

import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStoreException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Gives a body in parts, of which each can be had again. Parts in order are read from one stream; going back opens
 * another. The last bytes of a body are given only when it is known to end behind them, so that nobody who was
 * promised so many bytes takes a longer or a shorter body for a whole one. Not thread-safe; close it to close the
 * body's stream.
 */
final class BodyReader implements Closeable {
    private final ObjectKey key;
    private final ObjectBody body;
    private final long length;
    private final boolean sends;
    private @Nullable InputStream stream;
    private long position;

    /** @param sends whether what is read goes into the bucket, or is only looked at */
    BodyReader(ObjectKey key, ObjectBody body, boolean sends) {
        this.key = key;
        this.body = body;
        this.sends = sends;
        length = body.length();
    }

    /**
     * The bytes of a part; invalid when the next one is asked for. Closing it has no effect. Its failures are
     * {@link BodyFailure}s.
     */
    InputStream part(long offset, long count) {
        Objects.checkFromIndexSize(offset, count, length);
        return new Part(offset, count);
    }

    /** @throws BodyFailure if the body has bytes behind its length */
    void requireEnd() {
        try {
            if (streamAt(length).read() >= 0) {
                throw lengthDiffers("more");
            }
            position++;
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private InputStream streamAt(long offset) throws IOException {
        InputStream in = stream;
        if (in == null || position != offset) {
            close();
            in = sends ? body.open() : body.openToInspect();
            stream = in;
            position = 0;
            skipTo(in, offset);
        }
        return in;
    }

    private void skipTo(InputStream in, long offset) throws IOException {
        while (position < offset) {
            long skipped = in.skip(offset - position);
            if (skipped <= 0) {
                if (in.read() < 0) {
                    throw lengthDiffers(Long.toString(position));
                }
                skipped = 1;
            }
            position += skipped;
        }
    }

    private BodyFailure unreadable(IOException cause) {
        return new BodyFailure(new ObjectStoreException("cannot read the body of an object: key=" + key, false, cause));
    }

    private BodyFailure lengthDiffers(String found) {
        return new BodyFailure(new ObjectStoreException(
                "body length differs: found=" + found + ", expected=" + length + ", key=" + key, false, null));
    }

    @Override
    public void close() throws IOException {
        InputStream in = stream;
        stream = null;
        if (in != null) {
            in.close();
        }
    }

    private final class Part extends InputStream {
        private long at;
        private final long end;

        Part(long offset, long count) {
            at = offset;
            end = offset + count;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int count) {
            Objects.checkFromIndexSize(offset, count, bytes.length);
            if (count == 0) {
                return 0;
            }
            if (at == end) {
                return -1;
            }
            try {
                int read = streamAt(at).read(bytes, offset, (int) Math.min(count, end - at));
                if (read < 0) {
                    throw lengthDiffers(Long.toString(at));
                }
                position += read;
                at += read;
                if (at == length && read > 0) {
                    requireEnd();
                }
                return read;
            } catch (IOException e) {
                throw unreadable(e);
            }
        }
    }
}
