package dev.cairndb.remote;

/**
 * Encoded labels of version 1 series, as a receiver has met them before. A {@link RemoteWriteDecoder} that is given
 * them steps over labels it finds there; nothing is known about others than that they are new.
 *
 * <p>An entry has a place, which stands for its bytes as long as it is there. It may go at any time; a place may stand
 * for other bytes long after that.
 * All bytes of an entry are whole, well-formed label fields of a {@code TimeSeries}.
 *
 * <p>Implementations are thread-safe.
 */
public interface KnownLabels {
    /** The place of no entry. */
    int NOWHERE = -1;

    /**
     * Senders send their series in about the same order again: returns the place of the entry that was found behind
     * another one last time, if the bytes from {@code from} on begin with its bytes and these end at {@code limit} at
     * most; otherwise {@link #NOWHERE}.
     *
     * @param before the place of the series before; {@link #NOWHERE} is allowed
     */
    int follower(int before, byte[] bytes, int from, int limit);

    /**
     * The place of the entry that has just these bytes, or {@link #NOWHERE}. It is the follower of the one before then.
     */
    int find(int before, byte[] bytes, int from, int to);

    /** How many bytes an entry has; -1 if it is gone. */
    int sizeBytes(int place);

    /** How many labels an entry has; -1 if it is gone. */
    int labelCount(int place);

    /** A number that tells the implementation how old a place is. */
    int age();
}
