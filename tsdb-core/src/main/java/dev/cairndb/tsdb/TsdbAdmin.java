package dev.cairndb.tsdb;

import java.io.IOException;
import java.util.List;

/** The operations of a store that are rarely needed. Thread-safe; they run one at a time. */
public sealed interface TsdbAdmin permits StoreMaintenance {
    /**
     * Cuts every block that is due (the head spans more than one and a half block ranges), and blocks of all late
     * samples; truncates head and logs.
     */
    void cutBlocks() throws IOException;

    /**
     * Cuts the head up to the last block boundary at or before its newest sample, whether a block is due or not: what a
     * host does before it stops for good. Samples behind the boundary stay in the head and the log. All late samples
     * are cut.
     */
    void flushAligned() throws IOException;

    /**
     * Ships every block that was not shipped yet; does nothing without an object store. Returns how many were shipped.
     */
    int shipBlocks() throws IOException;

    /** All that is due: cut, truncate, ship, retention. */
    void runMaintenance() throws IOException;

    /**
     * From now on the store's limits are those of these options: {@link TsdbOptions#limits}, {@link
     * TsdbOptions#writeLimits} and {@link TsdbOptions#queryLimits}. Its other settings stay as they are. Series beyond
     * a new limit stay, and no further ones are taken.
     */
    void changeLimits(TsdbOptions options);

    /** The blocks on disk, oldest first. */
    List<BlockInfo> blocks();
}
