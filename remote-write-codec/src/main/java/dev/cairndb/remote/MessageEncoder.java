package dev.cairndb.remote;

import dev.cairndb.io.ByteWriter;

/** The message an encoder is building, in the form of one version. Not thread-safe. */
abstract sealed class MessageEncoder permits MessageV1Encoder, MessageV2Encoder {
    /** Field number times 8 plus wire type, for histograms of a series. */
    abstract int histogramTag();

    /** Adds a series, whose labels are sorted and good. */
    abstract void add(SeriesDraft series);

    /** Bytes of the message so far. */
    abstract int sizeBytes();

    /** The whole message; nothing is added to it any more. */
    abstract ByteWriter finish();

    abstract void clear();
}
