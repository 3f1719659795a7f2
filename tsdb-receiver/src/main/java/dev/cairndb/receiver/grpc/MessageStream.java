package dev.cairndb.receiver.grpc;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** A {@link Message} as gRPC reads it: in whole, into its own buffers. Not thread-safe. */
final class MessageStream extends InputStream implements Drainable, KnownLength {
    private final byte[] head;
    private final int headLength;
    private final byte[] body;
    private final int bodyOffset;
    private final int bodyLength;
    private int position;

    MessageStream(byte[] head, int headLength, byte[] body, int bodyOffset, int bodyLength) {
        this.head = head;
        this.headLength = headLength;
        this.body = body;
        this.bodyOffset = bodyOffset;
        this.bodyLength = bodyLength;
    }

    @Override
    public int available() {
        return headLength + bodyLength - position;
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
        int before = position;
        if (position < headLength) {
            target.write(head, position, headLength - position);
            position = headLength;
        }
        int from = position - headLength;
        target.write(body, bodyOffset + from, bodyLength - from);
        position = headLength + bodyLength;
        return position - before;
    }

    @Override
    public int read() {
        if (available() == 0) {
            return -1;
        }
        int at = position++;
        return (at < headLength ? head[at] : body[bodyOffset + at - headLength]) & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        if (length == 0) {
            return 0;
        }
        if (available() == 0) {
            return -1;
        }
        boolean inHead = position < headLength;
        int count = Math.min(length, inHead ? headLength - position : available());
        System.arraycopy(
                inHead ? head : body, inHead ? position : bodyOffset + position - headLength, target, offset, count);
        position += count;
        return count;
    }
}
