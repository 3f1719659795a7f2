package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.ByteReader;
import dev.cairndb.io.CorruptionException;

/** Reads what records of logs and of snapshots have in common. */
final class RecordFields {
    private RecordFields() {}

    /** A reference as it was read, if it can be one. */
    static long seriesRef(ByteReader in, long ref) throws CorruptionException {
        if (ref < 0 || ref > RecordHandler.SERIES_REF_MAX) {
            throw in.corrupt("a series reference up to " + RecordHandler.SERIES_REF_MAX, Long.toUnsignedString(ref));
        }
        return ref;
    }

    /** Reads how many labels follow. */
    static int labelCount(ByteReader in) throws CorruptionException {
        return in.readUvarintInt(in.remaining() / 2);
    }

    /**
     * Steps over that many labels; they lie between the positions before and after. Returns whether all names and
     * values are shorter than 128 bytes: then there is one way to write their lengths.
     */
    static boolean skipLabels(ByteReader in, int count) throws CorruptionException {
        byte[] bytes = in.array();
        int start = in.position();
        int end = start + in.remaining();
        int at = start;
        int left = 2 * count;
        // Without the reader's checks byte for byte, which take longer than all else about a series.
        while (left > 0 && at < end && bytes[at] >= 0 && bytes[at] < end - at) {
            at += 1 + bytes[at];
            left--;
        }
        in.skip(at - start);
        boolean areShort = left == 0;
        for (; left > 0; left--) {
            in.skip(in.readUvarintInt(in.remaining()));
        }
        return areShort;
    }
}
