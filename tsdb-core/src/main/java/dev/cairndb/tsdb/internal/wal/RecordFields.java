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

    /** Steps over that many labels; they lie between the positions before and after. */
    static void skipLabels(ByteReader in, int count) throws CorruptionException {
        for (int i = 0; i < 2 * count; i++) {
            in.skip(in.readUvarintInt(in.remaining()));
        }
    }
}
