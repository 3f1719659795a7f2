package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
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
        for (String segment : BlockUpload.segmentsOf(storage, folder)) {
            String path = Block.CHUNKS + '/' + segment;
            sizes.put(path, storage.size(folder.resolve(path)));
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
        List<ThanosMeta.File> files = new ArrayList<>();
        for (Map.Entry<String, Long> file : sizesBytes().entrySet()) {
            files.add(new ThanosMeta.File(file.getKey(), file.getValue(), null));
        }
        files.add(new ThanosMeta.File(BlockMeta.FILE_NAME, 0, null));
        List<String> segments = BlockUpload.segmentsOf(storage, folder);
        return meta.withThanos(BlockUpload.section(externalLabels, SOURCE, segments, files, clock))
                .toJson();
    }
}
