package dev.cairndb.tsdb;

import dev.cairndb.index.Matcher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The operations of a store that are rarely needed. Thread-safe; they run one at a time, but for {@link #backup}, which
 * the others do not wait for.
 */
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

    /**
     * Deletes the samples in a range of time of the series that all matchers accept. When it returns nobody reads them
     * any more, queriers that are open included, and that is as durable as an append; in blocks it always is. They go
     * from the disk when their blocks are cut, merged or rewritten ({@link #cleanTombstones}).
     *
     * <p>Samples that come later are stored, but for late ones in a range that was deleted in the head, and the newest
     * one of a series once more: they are rejected ({@link Rejection#DELETED}) until it is cut. What was shipped stays
     * in the bucket: blocks that are only there are not touched. What was not is shipped without them. A querier that
     * was opened before blocks were merged may go on showing what is deleted after that. If it fails, it may have been
     * done in part, and can be repeated.
     */
    void delete(TimeRange range, Matcher... matchers) throws IOException;

    /**
     * Rewrites all blocks of which something was deleted without it. Does nothing to blocks of late samples that were
     * shipped and may still be merged with others. Returns how many blocks were replaced.
     */
    int cleanTombstones() throws IOException;

    /**
     * Merges blocks into longer ones until there is nothing to be merged, whether it is due by {@link
     * TsdbOptions#maintenance} or not; see {@link TsdbOptions#withBlockRangeMax}. Returns how often blocks were
     * replaced.
     */
    int compactBlocks() throws IOException;

    /**
     * Copies the store, with all samples that were acknowledged before, into a directory that a store and Prometheus
     * open: its blocks, as second names of the same files where the file system can do that, and blocks of what is in
     * the head and of late samples. Exemplars, metadata and what is known of the bucket are not copied. A directory of
     * this name is either whole or not there: until it is complete it is called {@code NAME.tmp-for-backup}, and what
     * an earlier attempt left of that is removed.
     *
     * <p>Appends, queries and all other work go on, however long it takes to copy. What is deleted meanwhile may be in
     * the backup; blocks that are replaced or deleted meanwhile take their room until it is complete. Backups of one
     * store wait for each other. {@link Tsdb#close} has a backup stop, and waits until the file is written that it is
     * at.
     *
     * @param target must not exist
     * @throws java.nio.file.FileAlreadyExistsException if it does
     * @throws IllegalStateException if the store is closed, also while it is copied
     * @throws IOException also if another backup into this directory is under way
     */
    void backup(Path target) throws IOException;

    /** All that is due: cut, truncate, compact, ship, retention. */
    void runMaintenance() throws IOException;

    /**
     * From now on the store's limits are those of these options: {@link TsdbOptions#limits}, {@link
     * TsdbOptions#writeLimits} and {@link TsdbOptions#queryLimits}, and {@link TsdbOptions#retention} and {@link
     * TsdbOptions#retentionBytes}. Its other settings stay as they are. Series beyond a new limit stay, and no further
     * ones are taken.
     */
    void changeLimits(TsdbOptions options);

    /** The blocks on disk, oldest first. */
    List<BlockInfo> blocks();
}
