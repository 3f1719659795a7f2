package dev.cairndb.objstore.s3;

import dev.cairndb.objstore.ObjectStoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Moves an answer's bytes into a buffer; each attempt begins at the same place. Returns their number. For one call.
 */
final class RangeReader implements ResponseTransformer<GetObjectResponse, Integer> {
    private static final int COPY_BYTES = 64 << 10;

    private final long offset;
    private final ByteBuffer target;
    private final int start;

    RangeReader(long offset, ByteBuffer target) {
        this.offset = offset;
        this.target = target;
        start = target.position();
    }

    @Override
    public Integer transform(GetObjectResponse response, AbortableInputStream in) {
        target.position(start);
        @Nullable String range = response.contentRange();
        if (offset > 0 && (range == null || !range.startsWith("bytes " + offset + '-'))) {
            in.abort();
            throw new BodyFailure(new ObjectStoreException(
                    "the server does not answer with the range that was asked for: expected=" + offset + "-, found="
                            + range,
                    false,
                    null));
        }
        long length = response.contentLength() == null ? target.remaining() : response.contentLength();
        int wanted = (int) Math.min(target.remaining(), length);
        try {
            int read = target.hasArray() ? intoArray(in, wanted) : throughCopy(in, wanted);
            if (read < wanted) {
                throw RetryableException.create("the answer ends early: expected=" + wanted + ", found=" + read);
            }
            if (length > wanted) {
                // It sends the whole object; reading on only to keep the connection would not pay.
                in.abort();
            }
            return read;
        } catch (IOException e) {
            throw RetryableException.create("the answer breaks off", e);
        }
    }

    private int intoArray(AbortableInputStream in, int wanted) throws IOException {
        int read = in.readNBytes(target.array(), target.arrayOffset() + target.position(), wanted);
        target.position(target.position() + read);
        return read;
    }

    private int throughCopy(AbortableInputStream in, int wanted) throws IOException {
        byte[] copy = new byte[Math.min(COPY_BYTES, wanted)];
        int total = 0;
        while (total < wanted) {
            int read = in.readNBytes(copy, 0, Math.min(copy.length, wanted - total));
            if (read == 0) {
                break;
            }
            target.put(copy, 0, read);
            total += read;
        }
        return total;
    }
}
