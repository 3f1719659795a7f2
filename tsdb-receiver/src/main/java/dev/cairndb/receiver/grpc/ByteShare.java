package dev.cairndb.receiver.grpc;

/** What a call holds of the bytes that all requests under way may hold together. Thread-safe. */
public interface ByteShare {
    /** Returns false, and takes nothing, if there is too little. */
    boolean tryTake(long count);

    void give(long count);

    /** The call holds nothing any more. */
    void leave();
}
