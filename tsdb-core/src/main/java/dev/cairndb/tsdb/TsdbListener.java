package dev.cairndb.tsdb;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Hears what a store does and suffers in the background. Called on the store's threads: return soon, do not throw, do
 * not call the store back. All methods do nothing unless overridden.
 */
public interface TsdbListener {
    /** A listener that hears nothing. */
    TsdbListener NONE = new TsdbListener() {};

    /** Background work failed; the store goes on and will try again. */
    default void backgroundFailure(String what, Exception failure) {}

    /**
     * A damaged file was found. At the opening what is good in it is used and the damaged bytes are kept aside. Damage
     * that shows when an open store is read, by a query for example, is told on the thread that reads, once for each
     * file; the file stays where it is.
     */
    default void damageFound(Path file, IOException damage) {}

    /**
     * Writes are refused from now on, until {@link #writesAccepted} or, after a failed sync, until reopened. What an
     * append meets may be told on the thread that appends.
     */
    default void writesRefused(IOException why) {}

    /** Writes are accepted again. */
    default void writesAccepted() {}

    default void blockCut(BlockInfo block) {}

    /** Blocks were replaced by one with the samples of all, without what was deleted of them. */
    default void blocksMerged(BlockInfo merged, List<BlockInfo> replaced) {}

    default void blockShipped(BlockInfo block) {}

    /**
     * A block stays here, and is not deleted by retention either, because Thanos could not read it (see {@link
     * TsdbOptions#withShipUnreadableByThanos}), or would stop at it because it overlaps another of the stream of late
     * blocks. Told once for each block after the store was opened.
     */
    default void blockNotShippable(BlockInfo block, String reason) {}

    default void blockDeleted(BlockInfo block) {}
}
