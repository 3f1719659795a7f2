package dev.cairndb.tsdb;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.HeadChunkReader;
import dev.cairndb.chunks.HeadFileList;
import dev.cairndb.chunks.UnsupportedChunkException;
import dev.cairndb.io.Clock;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.DamagedFiles;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.internal.block.BlockCheck;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.BlockSalvage;
import dev.cairndb.tsdb.internal.block.ToldWork;
import dev.cairndb.tsdb.internal.block.UlidSource;
import dev.cairndb.tsdb.internal.head.SnapshotReplay;
import dev.cairndb.tsdb.internal.ship.Shipper;
import dev.cairndb.tsdb.internal.wal.ChunkSnapshot;
import dev.cairndb.tsdb.internal.wal.LogCheck;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** One pass over a store's directory: findings, and for each damaged file or block what repairs it. */
final class DirectoryCheck {
    private static final String REPLACES_SEGMENT =
            "replaces the segment by one with its whole records, and keeps the damaged one beside it";
    private static final String REWRITES_BLOCK =
            "writes what can be read of the block into a new one, and keeps the damaged one beside it";

    private final Storage storage;
    private final Path directory;
    private final StoreFiles files;
    private final boolean inUse;
    private final boolean apply;
    private final CheckProgress progress;
    private final List<CheckReport.Finding> findings = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    /** By the file or directory that is repaired: one that is damaged in two places is repaired once. */
    private final Map<Path, Repair> repairs = new LinkedHashMap<>();

    private final UlidSource ulids = new UlidSource(Clock.system(), new SecureRandom());
    private int blocksRead;
    private long blockSamples;
    private long logSamples;

    /**
     * @param apply whether to repair what is found
     * @param bytesRead hears how many more bytes were read of logs, chunks, snapshot and blocks; in the end as many as
     *     they have now
     */
    DirectoryCheck(Storage storage, Path directory, boolean inUse, boolean apply, LongConsumer bytesRead)
            throws IOException {
        this.storage = storage;
        this.directory = directory;
        this.inUse = inUse;
        this.apply = apply;
        files = new StoreFiles(directory);
        progress = new CheckProgress(storage, files, apply, bytesRead);
    }

    private interface Repair {
        void run() throws IOException;
    }

    CheckReport run() throws IOException {
        checkLog(files.wal(), false);
        checkLog(files.wbl(), true);
        checkHeadChunks();
        checkSnapshot();
        for (Path block : files.blocks(storage)) {
            checkBlock(block);
        }
        checkShipped();
        for (Path place : List.of(directory, files.wal(), files.wbl(), files.chunksHead())) {
            noteAside(place);
        }
        if (apply) {
            for (Repair repair : repairs.values()) {
                repair.run();
            }
        }
        progress.end();
        List<CheckReport.Finding> told =
                apply ? findings.stream().map(CheckReport.Finding::done).toList() : findings;
        return new CheckReport(directory, inUse, blocksRead, blockSamples, logSamples, told, notes);
    }

    private void found(Path place, IOException damage, String lost, String repair) {
        Path file = files.fileOf(place, damage);
        long offset = damage instanceof CorruptionException corruption ? corruption.offset() : 0;
        findings.add(new CheckReport.Finding(
                files.kindOf(file), file, offset, String.valueOf(damage.getMessage()), lost, repair, false));
    }

    private void note(String text) {
        if (!notes.contains(text)) {
            notes.add(text);
        }
    }

    private void noteAside(Path place) throws IOException {
        for (String name : storage.list(place)) {
            if (DamagedFiles.isName(name)) {
                notes.add("put aside before: " + place.resolve(name));
            }
        }
    }

    // ---- logs

    private void checkLog(Path log, boolean late) throws IOException {
        LogCheck check = new LogCheck(
                storage,
                log,
                late,
                new LogCheck.Listener() {
                    @Override
                    public void damaged(Path segment, CorruptionException damage) {
                        found(segment, damage, "the records there", REPLACES_SEGMENT);
                        repairs.putIfAbsent(segment, () -> LogCheck.repair(storage, segment));
                    }

                    @Override
                    public void missing(Path place, int first, int last) {
                        String numbers = first == last ? "segment " + first : "segments " + first + " to " + last;
                        found(
                                place,
                                new CorruptionException(place.toString(), 0, numbers, "no such file"),
                                "what was in there; without a repair, nothing of the directory can be opened",
                                "puts something empty in its place; if the file can be found, put it back instead");
                        repairs.putIfAbsent(
                                place.resolve(numbers), () -> LogCheck.fillGap(storage, place, first, last));
                    }

                    @Override
                    public void tail(Path segment, long offset, long sizeBytes) {
                        notes.add("the newest segment ends within a record, which the next opening cuts off: " + segment
                                + ", offset " + offset + ", " + sizeBytes + " bytes");
                    }
                },
                progress.bytesRead());
        check.run();
        logSamples += check.samples();
    }

    // ---- chunks of the head

    private void checkHeadChunks() throws IOException {
        String lost = "nothing that the logs still have";
        HeadFileList list = checkFileList();
        ToldWork look = progress.look(files.chunksHead());
        try (HeadChunkReader reader = HeadChunkReader.open(storage, files.chunksHead())) {
            try {
                reader.expect(list, inUse ? Long.MAX_VALUE : headFromMillis());
                scan(reader, look);
            } catch (CorruptionException e) {
                if (inUse && isNewestHeadFile(e.file())) {
                    notes.add("the newest file of chunks is being written: " + e.file());
                    return;
                }
                found(
                        files.chunksHead(),
                        e,
                        lost,
                        "ends the file in front of it, and puts aside what comes behind, and the snapshot");
                repairs.put(files.chunksHead(), () -> cutHeadChunks(list));
            } catch (FormatVersionException e) {
                found(files.chunksHead(), e, lost, "puts the file and those behind it aside");
                repairs.put(files.chunksHead(), () -> putHeadFilesAside(Path.of(e.file())));
            }
        }
        progress.endLook(files.chunksHead(), look, repairs.containsKey(files.chunksHead()));
    }

    private boolean isNewestHeadFile(String file) throws IOException {
        String newest = "";
        for (String name : storage.list(files.chunksHead())) {
            newest = StoreFiles.isHeadFileName(name) && name.compareTo(newest) > 0 ? name : newest;
        }
        return file.equals(files.chunksHead().resolve(newest).toString());
    }

    private HeadFileList checkFileList() throws IOException {
        Path file = files.headFileList();
        try {
            return HeadFileList.read(storage, files.chunksHead());
        } catch (CorruptionException | FormatVersionException e) {
            found(file, e, "nothing", "puts the file aside");
            repairs.put(file, () -> {
                Path unused = DamagedFiles.moveAside(storage, file);
            });
            return HeadFileList.empty();
        }
    }

    /** Where blocks end that can be read: the head needs no older samples in order. */
    private long headFromMillis() throws IOException {
        long end = Long.MIN_VALUE;
        for (String name : storage.list(directory)) {
            if (StoreFiles.isBlockName(name)) {
                end = Math.max(end, headEndOf(directory.resolve(name)));
            }
        }
        return end;
    }

    private long headEndOf(Path block) throws IOException {
        try {
            BlockMeta meta = BlockMeta.read(storage, block);
            return meta.compaction().endsTheHead() ? meta.maxTimestampMillis() : Long.MIN_VALUE;
        } catch (CorruptionException | FormatVersionException | NoSuchFileException e) {
            // Told when blocks are looked at.
            return Long.MIN_VALUE;
        }
    }

    private void cutHeadChunks(HeadFileList list) throws IOException {
        ToldWork repair = progress.repair(files.chunksHead());
        try (HeadChunkReader reader = HeadChunkReader.open(storage, files.chunksHead())) {
            try {
                reader.expect(list, headFromMillis());
                scan(reader, repair);
            } catch (CorruptionException e) {
                reader.setDamagedAside();
            }
        }
        setSnapshotsAside();
    }

    /** They rest on what chunks_head held. */
    private void setSnapshotsAside() throws IOException {
        for (ChunkSnapshot snapshot = ChunkSnapshot.find(storage, directory);
                snapshot != null;
                snapshot = ChunkSnapshot.find(storage, directory)) {
            snapshot.setAside(storage);
        }
    }

    private void scan(HeadChunkReader reader, LongConsumer bytesRead) throws IOException {
        EncodedChunk chunk = new EncodedChunk();
        ChunkCursors cursors = new ChunkCursors();
        reader.scan((series, reference, min, max, encoding, samples, outOfOrder) -> {
            try {
                reader.read(reference, chunk);
                bytesRead.accept(chunk.length());
                cursors.verify(chunk);
            } catch (UnsupportedChunkException e) {
                note("chunks that are not read here, in " + files.chunksHead() + ": " + e.getMessage());
            }
        });
    }

    private void putHeadFilesAside(Path first) throws IOException {
        List<String> names = storage.list(files.chunksHead());
        // From the end, so that a crash in between leaves no gap.
        for (int i = names.size() - 1; i >= 0; i--) {
            Path file = files.chunksHead().resolve(names.get(i));
            if (StoreFiles.isHeadFileName(names.get(i)) && file.compareTo(first) >= 0) {
                Path unused = DamagedFiles.moveAside(storage, file);
            }
        }
        if (storage.exists(files.headFileList())) {
            // It would miss them.
            Path unused = DamagedFiles.moveAside(storage, files.headFileList());
        }
        setSnapshotsAside();
    }

    // ---- snapshot, what was shipped

    private void checkSnapshot() throws IOException {
        ChunkSnapshot snapshot = ChunkSnapshot.find(storage, directory);
        if (snapshot == null) {
            return;
        }
        try (HeadChunkReader reader = HeadChunkReader.open(storage, files.chunksHead())) {
            SnapshotReplay.check(snapshot, storage, reader, inUse ? Long.MAX_VALUE : headFromMillis());
            checkHeadImage(snapshot);
            countBytes(snapshot.directory());
        } catch (CorruptionException | FormatVersionException e) {
            found(snapshot.directory(), e, "nothing that the logs still have", "puts the snapshot aside");
            repairs.put(snapshot.directory(), this::setSnapshotsAside);
        }
    }

    private void checkHeadImage(ChunkSnapshot snapshot) throws IOException {
        try {
            SnapshotReplay.checkImage(snapshot, storage);
        } catch (CorruptionException | FormatVersionException e) {
            Path image = SnapshotReplay.image(snapshot);
            found(image, e, "nothing: the records beside it say the same", "puts the file aside");
            repairs.put(image, () -> {
                if (storage.exists(image)) {
                    Path unused = DamagedFiles.moveAside(storage, image, directory);
                }
            });
        }
    }

    private void countBytes(Path folder) throws IOException {
        try {
            for (String name : storage.list(folder)) {
                progress.bytesRead().accept(storage.size(folder.resolve(name)));
            }
        } catch (NoSuchFileException e) {
            // A store that is open has put another one in its place.
        }
    }

    private void checkShipped() throws IOException {
        Path file = Shipper.stateFile(directory);
        try {
            Shipper.checkState(storage, directory);
        } catch (CorruptionException | FormatVersionException e) {
            found(file, e, "nothing: the bucket is asked again", "puts the file aside");
            repairs.put(file, () -> {
                Path unused = DamagedFiles.moveAside(storage, file);
            });
        }
    }

    // ---- blocks

    private void checkBlock(Path block) throws IOException {
        int before = findings.size();
        ToldWork look = progress.look(block);
        BlockCheck check = new BlockCheck(
                storage,
                block,
                new BlockCheck.Listener() {
                    @Override
                    public void damaged(Path file, BlockCheck.Cost cost, IOException damage) {
                        blockDamaged(block, file, cost, damage);
                    }

                    @Override
                    public void unsupported(Path chunks, UnsupportedChunkException reason) {
                        note("chunks that are not read here, in " + chunks + ": " + reason.getMessage());
                    }
                },
                look);
        check.run();
        progress.endLook(block, look, repairs.containsKey(block));
        if (inUse && !storage.exists(block)) {
            // Deleted meanwhile.
            findings.subList(before, findings.size()).clear();
            repairs.remove(block);
            return;
        }
        blocksRead++;
        blockSamples += check.samples();
    }

    private void blockDamaged(Path block, Path file, BlockCheck.Cost cost, IOException damage) {
        switch (cost) {
            case NOTHING -> {
                found(file, damage, "nothing: no samples of the block were deleted", "puts the file aside");
                repairs.putIfAbsent(file, () -> {
                    if (storage.exists(file)) {
                        Path unused = DamagedFiles.moveAside(storage, file);
                    }
                });
            }
            case BLOCK -> {
                found(file, damage, "the block cannot be opened; some of it may be rescued", REWRITES_BLOCK);
                repairs.putIfAbsent(block, () -> rewrite(block));
            }
            case PART -> {
                found(file, damage, "what is there; queries that ask for it fail", REWRITES_BLOCK);
                repairs.putIfAbsent(block, () -> rewrite(block));
            }
            case COUNTS -> {
                found(file, damage, "nothing", REWRITES_BLOCK);
                repairs.putIfAbsent(block, () -> rewrite(block));
            }
        }
    }

    private void rewrite(Path block) throws IOException {
        ToldWork repair = progress.repair(block);
        BlockMeta written = BlockSalvage.run(storage, directory, block, ulids.next(), repair);
        repair.end();
        notes.add(describe(block, written));
    }

    private static String describe(Path block, @Nullable BlockMeta written) {
        return written == null
                ? "nothing could be read of " + block
                : written.stats().samples() + " samples of " + block + " are in " + written.ulid() + " now";
    }
}
