package dev.cairndb.receiver.grpc;

import dev.cairndb.io.ByteWriter;

/**
 * A message on its way out, in two pieces, the first of which may be empty. Whoever sends it may fill the pieces again
 * as soon as it was handed over. Not thread-safe.
 */
final class Message {
    private final ByteWriter head = new ByteWriter(32);
    private byte[] body = {};
    private int offset;
    private int length;

    /** A piece before the body. */
    ByteWriter head() {
        return head;
    }

    /** Shows the bytes; they are not copied. */
    Message body(byte[] bytes, int newOffset, int newLength) {
        body = bytes;
        offset = newOffset;
        length = newLength;
        return this;
    }

    static Message of(ByteWriter bytes) {
        return new Message().body(bytes.array(), 0, bytes.size());
    }

    int size() {
        return head.size() + length;
    }

    /** An {@link java.io.InputStream} of both pieces. */
    MessageStream open() {
        return new MessageStream(head.array(), head.size(), body, offset, length);
    }
}
