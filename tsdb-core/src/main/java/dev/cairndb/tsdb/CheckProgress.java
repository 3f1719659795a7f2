package dev.cairndb.tsdb;

import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.internal.block.FolderBytes;
import dev.cairndb.tsdb.internal.block.ToldWork;
import dev.cairndb.tsdb.internal.wal.ChunkSnapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Tells how far a check of a store's directory is. Of a place that may be repaired half of the bytes are told when it was
 * looked at, and half when it is repaired, or when it turns out that it need not be.
 */
final class CheckProgress {
    private final Storage storage;
    private final boolean repairs;
    private final ToldWork all;

    /**
     * @param repairs whether what is damaged is repaired
     * @param bytesDone in the end hears of as many bytes as logs, chunks of the head, snapshot and blocks have now
     */
    CheckProgress(Storage storage, StoreFiles files, boolean repairs, LongConsumer bytesDone) throws IOException {
        this.storage = storage;
        this.repairs = repairs;
        List<Path> places = new ArrayList<>(List.of(files.wal(), files.wbl(), files.chunksHead()));
        ChunkSnapshot snapshot = ChunkSnapshot.find(storage, files.directory());
        if (snapshot != null) {
            places.add(snapshot.directory());
        }
        places.addAll(files.blocks(storage));
        long bytes = 0;
        for (Path place : places) {
            bytes += FolderBytes.seen(storage, place);
        }
        all = new ToldWork(bytesDone, bytes, bytes);
    }

    /** What was read of a place that is looked at once. */
    LongConsumer bytesRead() {
        return all;
    }

    /** The look at a place: hears how many bytes of it were read. */
    ToldWork look(Path place) {
        long bytes = FolderBytes.seen(storage, place);
        return new ToldWork(all, repairs ? bytes / 2 : bytes, bytes);
    }

    /** @param isDamaged whether it will be repaired, if anything is */
    void endLook(Path place, ToldWork look, boolean isDamaged) {
        look.end();
        if (repairs && !isDamaged) {
            repair(place).end();
        }
    }

    /** The repair of a place that was looked at: hears how many bytes of it were read again. */
    ToldWork repair(Path place) {
        long bytes = FolderBytes.seen(storage, place);
        return new ToldWork(all, bytes - bytes / 2, bytes);
    }

    void end() {
        all.end();
    }
}
