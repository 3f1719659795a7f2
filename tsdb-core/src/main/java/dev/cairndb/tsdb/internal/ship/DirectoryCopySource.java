package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Storage;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.ThanosMeta;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** A block in a directory. If its meta.json does not say so, it gets the section that Thanos reads. */
final class DirectoryCopySource implements CopySource {
    /** As Thanos names what its tools bring into a bucket. */
    private static final String SOURCE = "bucket.upload";

    private final Storage storage;
    private final Path folder;
    private final BlockMeta meta;
    private final Labels externalLabels;
    private final Clock clock;

    /** @param externalLabels of a block that has none of its own */
    DirectoryCopySource(Storage storage, Path folder, BlockMeta meta, Labels externalLabels, Clock clock) {
        this.storage = storage;
        this.folder = folder;
        this.meta = meta;
        this.externalLabels = externalLabels;
        this.clock = clock;
    }

    @Override
    public SortedMap<String, Long> sizesBytes() throws IOException {
        TreeMap<String, Long> sizes = new TreeMap<>();
        for (String name : storage.list(folder.resolve(Block.CHUNKS))) {
            String path = Block.CHUNKS + '/' + name;
            if (BucketFolder.isContent(path)) {
                sizes.put(path, storage.size(folder.resolve(path)));
            }
        }
        if (sizes.isEmpty()) {
            throw new CorruptionException(
                    folder.resolve(Block.CHUNKS).toString(), 0, "chunk files of a block with samples", "none");
        }
        sizes.put(Block.INDEX, storage.size(folder.resolve(Block.INDEX)));
        return sizes;
    }

    @Override
    public ObjectBody open(String path) throws IOException {
        return new FileBody(storage, folder.resolve(path));
    }

    @Override
    public byte[] meta() throws IOException {
        if (meta.thanos() != null) {
            return storage.readAll(folder.resolve(BlockMeta.FILE_NAME));
        }
        List<String> segments = new ArrayList<>();
        List<ThanosMeta.File> files = new ArrayList<>();
        for (Map.Entry<String, Long> file : sizesBytes().entrySet()) {
            files.add(new ThanosMeta.File(file.getKey(), file.getValue(), null));
            if (!file.getKey().equals(Block.INDEX)) {
                segments.add(file.getKey().substring(Block.CHUNKS.length() + 1));
            }
        }
        files.add(new ThanosMeta.File(BlockMeta.FILE_NAME, 0, null));
        return meta.withThanos(BlockUpload.section(externalLabels, SOURCE, segments, files, clock))
                .toJson();
    }
}
