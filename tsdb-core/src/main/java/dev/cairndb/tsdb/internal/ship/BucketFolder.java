package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.index.Labels;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Storage;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.tsdb.BlockInfo;
import dev.cairndb.tsdb.admin.BlockMark;
import dev.cairndb.tsdb.admin.BucketBlock;
import dev.cairndb.tsdb.admin.BucketFinding;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.ThanosMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The objects of one block in a bucket, as a listing showed them. Immutable.
 *
 * @param sizesBytes by path in the block's folder
 */
public record BucketFolder(Ulid ulid, SortedMap<String, Long> sizesBytes) {
    /** The folders of all blocks in a bucket, complete or not, by one listing. */
    public static List<BucketFolder> all(ObjectStore bucket) throws IOException {
        Map<Ulid, SortedMap<String, Long>> sizes = new TreeMap<>();
        bucket.list("", true, entry -> {
            String name = entry.name();
            Ulid ulid =
                    name.indexOf('/') == Ulid.TEXT_LENGTH ? Ulid.tryParse(name.substring(0, Ulid.TEXT_LENGTH)) : null;
            if (ulid != null) {
                sizes.computeIfAbsent(ulid, key -> new TreeMap<>())
                        .put(name.substring(Ulid.TEXT_LENGTH + 1), entry.sizeBytes());
            }
        });
        List<BucketFolder> folders = new ArrayList<>();
        sizes.forEach((ulid, files) -> folders.add(new BucketFolder(ulid, files)));
        return folders;
    }

    /** The folder of one block; empty if there is none. */
    public static BucketFolder of(ObjectStore bucket, Ulid ulid) throws IOException {
        TreeMap<String, Long> sizes = new TreeMap<>();
        String prefix = ulid + "/";
        bucket.list(prefix, true, entry -> sizes.put(entry.name().substring(prefix.length()), entry.sizeBytes()));
        return new BucketFolder(ulid, sizes);
    }

    /** The folders of all blocks in a directory. */
    public static List<BucketFolder> inDirectory(Storage storage, Path directory) throws IOException {
        List<BucketFolder> folders = new ArrayList<>();
        for (String name : storage.list(directory)) {
            Ulid ulid = Ulid.tryParse(name);
            Path folder = directory.resolve(name);
            if (ulid != null && storage.isDirectory(folder)) {
                try {
                    folders.add(inDirectory(storage, folder, ulid));
                } catch (NoSuchFileException e) {
                    // The store that has the directory open is deleting it.
                }
            }
        }
        return folders;
    }

    /** One block's folder in a directory. */
    static BucketFolder inDirectory(Storage storage, Path folder, Ulid ulid) throws IOException {
        TreeMap<String, Long> sizes = new TreeMap<>();
        addFiles(storage, folder, "", sizes);
        return new BucketFolder(ulid, sizes);
    }

    private static void addFiles(Storage storage, Path folder, String prefix, SortedMap<String, Long> sizes)
            throws IOException {
        for (String name : storage.list(folder)) {
            Path path = folder.resolve(name);
            if (storage.isDirectory(path)) {
                addFiles(storage, path, prefix + name + '/', sizes);
            } else {
                sizes.put(prefix + name, storage.size(path));
            }
        }
    }

    public boolean isEmpty() {
        return sizesBytes.isEmpty();
    }

    /** Whether all of the block is there, or should be. */
    public boolean isComplete() {
        return sizesBytes.containsKey(BlockMeta.FILE_NAME);
    }

    long sizeBytes() {
        return sizesBytes.values().stream().mapToLong(Long::longValue).sum();
    }

    ObjectKey keyOf(String path) {
        return ObjectKey.of(ulid + "/" + path);
    }

    private String nameOf(String path) {
        return keyOf(path).value();
    }

    /** The bytes of a small object of the block. */
    byte[] readWhole(ObjectStore bucket, String path) throws IOException {
        return WholeObject.read(bucket, keyOf(path), sizesBytes.getOrDefault(path, 0L), BlockMeta.JSON_BYTES_MAX);
    }

    /** @throws CorruptionException also if there is no meta.json, or that of another block */
    public BlockMeta readMeta(ObjectStore bucket) throws IOException {
        if (!isComplete()) {
            throw new CorruptionException(
                    nameOf(BlockMeta.FILE_NAME), 0, "meta.json, which a complete block has", "no object");
        }
        BlockMeta meta = BlockMeta.fromJson(nameOf(BlockMeta.FILE_NAME), readWhole(bucket, BlockMeta.FILE_NAME));
        if (!meta.ulid().equals(ulid)) {
            throw new CorruptionException(
                    nameOf(BlockMeta.FILE_NAME), 0, "ulid " + ulid, meta.ulid().toString());
        }
        if (meta.thanos() != null) {
            checkNames(meta.thanos());
        }
        return meta;
    }

    private void checkNames(ThanosMeta thanos) throws CorruptionException {
        for (String segment : thanos.segmentFiles()) {
            if (!isContent(Block.CHUNKS + '/' + segment)) {
                throw new CorruptionException(nameOf(BlockMeta.FILE_NAME), 0, "names of chunk files", segment);
            }
        }
        Labels unused = labelsOf(thanos);
    }

    /** Files that hold the block's samples, without meta.json and marks; in order. */
    List<String> contents() {
        return sizesBytes.keySet().stream().filter(BucketFolder::isContent).toList();
    }

    static boolean isContent(String path) {
        return path.equals(Block.INDEX) || path.matches(Block.CHUNKS + "/\\d+");
    }

    /** Says which files are not there, or not as long as meta.json tells; empty if nothing is wrong. */
    List<BucketFinding> missing(BlockMeta meta) {
        List<BucketFinding> found = new ArrayList<>();
        Map<String, Long> expected = expectedOf(meta);
        expected.forEach((path, size) -> {
            Long there = sizesBytes.get(path);
            if (there == null) {
                found.add(new BucketFinding(ulid.toString(), path, "expected=" + bytes(size) + ", found=no object"));
            } else if (size >= 0 && !there.equals(size)) {
                found.add(new BucketFinding(
                        ulid.toString(), path, "expected=" + bytes(size) + ", found=" + bytes(there)));
            }
        });
        return found;
    }

    private static String bytes(long size) {
        return size < 0 ? "an object" : size + " bytes";
    }

    /** Sizes by path; less than zero where the size is not known. */
    private static Map<String, Long> expectedOf(BlockMeta meta) {
        Map<String, Long> expected = new TreeMap<>();
        expected.put(Block.INDEX, -1L);
        if (meta.stats().samples() > 0) {
            expected.put(Block.CHUNKS + "/000001", -1L);
        }
        ThanosMeta thanos = meta.thanos();
        if (thanos != null) {
            thanos.segmentFiles().forEach(name -> expected.put(Block.CHUNKS + '/' + name, -1L));
            thanos.files().stream()
                    .filter(file -> isContent(file.path()))
                    .forEach(file -> expected.put(file.path(), file.sizeBytes()));
        }
        return expected;
    }

    /** @throws CorruptionException if its external labels are none */
    public BucketBlock describe(BlockMeta meta) throws CorruptionException {
        BlockMeta.Compaction compaction = meta.compaction();
        BlockInfo info = new BlockInfo(
                ulid.toString(),
                meta.minTimestampMillis(),
                meta.maxTimestampMillis(),
                meta.stats().series(),
                meta.stats().samples(),
                meta.stats().chunks(),
                sizeBytes(),
                compaction.level(),
                compaction.isOutOfOrder());
        ThanosMeta thanos = meta.thanos();
        List<String> sources = (compaction.sources().isEmpty() ? List.of(ulid) : compaction.sources())
                .stream().map(Ulid::toString).toList();
        return new BucketBlock(
                info,
                labelsOf(thanos),
                thanos == null ? 0 : thanos.resolutionMillis(),
                thanos == null ? "" : thanos.source(),
                sources,
                marks());
    }

    private Labels labelsOf(@Nullable ThanosMeta thanos) throws CorruptionException {
        return thanos == null ? Labels.empty() : thanos.externalLabels(nameOf(BlockMeta.FILE_NAME));
    }

    Set<BlockMark> marks() {
        Set<BlockMark> marks = EnumSet.noneOf(BlockMark.class);
        for (BlockMark mark : BlockMark.values()) {
            if (sizesBytes.containsKey(mark.fileName())) {
                marks.add(mark);
            }
        }
        return marks;
    }
}
