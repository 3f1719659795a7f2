package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which blocks of a data directory are in the bucket, as far as is known here, with what they were made of: what else is
 * made of that is not to be sent again. Changed by one thread at a time, asked by any.
 */
final class SentBlocks {
    private final Storage storage;
    private final Path dataDirectory;
    /** An immutable set, replaced as a whole. */
    private volatile Set<Ulid> sent;
    /** What the file says. */
    private Set<Ulid> written;

    /** @param known what the file says */
    SentBlocks(Storage storage, Path dataDirectory, Collection<Ulid> known) {
        this.storage = storage;
        this.dataDirectory = dataDirectory;
        sent = Set.copyOf(known);
        written = sent;
    }

    boolean has(Ulid ulid) {
        return sent.contains(ulid);
    }

    boolean hasAll(Collection<Ulid> ulids) {
        return sent.containsAll(ulids);
    }

    void add(BlockMeta meta) {
        Set<Ulid> more = new HashSet<>(sent);
        more.add(meta.ulid());
        more.addAll(meta.compaction().sources());
        sent = Set.copyOf(more);
    }

    /** Forgets blocks that are gone, but not those that live on in others. */
    void retain(List<Block> blocks) {
        Set<Ulid> useful = new HashSet<>();
        for (Block block : blocks) {
            useful.add(block.ulid());
            useful.addAll(block.meta().compaction().sources());
        }
        useful.retainAll(sent);
        sent = Set.copyOf(useful);
    }

    /** Writes the file if it says something else. */
    void writeDown() throws IOException {
        if (!sent.equals(written)) {
            ShippedBlocks.write(storage, dataDirectory, new TreeSet<>(sent));
            written = sent;
        }
    }
}
