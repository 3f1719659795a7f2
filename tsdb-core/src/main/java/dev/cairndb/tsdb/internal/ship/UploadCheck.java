package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.chunks.ChunkSegmentReader;
import dev.cairndb.chunks.UnsupportedChunkException;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.admin.BucketFinding;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockCheck;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.ThanosMeta;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether a block in a directory may go into a bucket, from which it is not called back: it is whole, to its last
 * byte, and Thanos can read it.
 */
final class UploadCheck implements BlockCheck.Listener {
    private @Nullable IOException first;

    private UploadCheck() {}

    /**
     * @param bytesRead hears how many more bytes were read; in the end about as many as there are
     * @throws IOException if it may not; a {@link CorruptionException} if it is not whole
     */
    static void run(Storage storage, Path folder, BlockMeta meta, LongConsumer bytesRead) throws IOException {
        List<BucketFinding> missing =
                BucketFolder.inDirectory(storage, folder, meta.ulid()).missing(meta);
        if (!missing.isEmpty()) {
            BucketFinding finding = missing.get(0);
            throw new CorruptionException(
                    folder.resolve(finding.object()).toString(), 0, "a whole block", finding.problem());
        }
        UploadCheck check = new UploadCheck();
        new BlockCheck(storage, folder, check, bytesRead).run();
        if (check.first != null) {
            throw new IOException("cannot copy: the block is damaged: " + meta.ulid(), check.first);
        }
        ThanosMeta thanos = meta.thanos();
        if (thanos != null && thanos.resolutionMillis() > 0) {
            return;
        }
        try (ChunkSegmentReader chunks = ChunkSegmentReader.open(storage, folder.resolve(Block.CHUNKS))) {
            String refusal = ThanosEncodings.refusal(chunks.encodingIds());
            if (!refusal.isEmpty()) {
                throw new IOException("cannot copy: " + refusal + ": " + meta.ulid());
            }
        }
    }

    @Override
    public void damaged(Path file, BlockCheck.Cost cost, IOException damage) {
        if (first == null && cost != BlockCheck.Cost.NOTHING) {
            first = damage;
        }
    }

    @Override
    public void unsupported(Path chunks, UnsupportedChunkException reason) {
        // Whether it is one for Thanos is seen below.
    }
}
