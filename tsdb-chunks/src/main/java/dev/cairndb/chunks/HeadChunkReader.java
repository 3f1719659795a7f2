package dev.cairndb.chunks;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.DamagedFiles;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.MappedFile;
import dev.cairndb.io.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Reads the files of {@code chunks_head}: those that are there at {@link #open}, which are mapped, and those that a
 * {@link HeadChunkWriter} adds later, which are read through a descriptor until there is a newer one.
 *
 * <p>{@link #scan} and {@link #setDamagedAside} belong to the opening of a store and to one thread. All other methods
 * are thread-safe. A chunk is copied when it is read, so no reader holds on to a file; whoever deletes files makes sure
 * that nobody will ask for their chunks any more.
 */
public final class HeadChunkReader implements Closeable {
    private final Storage storage;
    private final Path directory;
    private final ReentrantLock changes = new ReentrantLock();
    /** Ascending by number; replaced, never changed. */
    private volatile HeadChunkSource[] sources;

    private HeadFileList expected = HeadFileList.empty();
    private long neededFromMillis = Long.MAX_VALUE;
    private HeadFileList scanned = HeadFileList.empty();
    private boolean scanFailed;
    private @Nullable HeadChunkSource damaged;
    private long damagedAt;
    private boolean closed;

    private HeadChunkReader(Storage storage, Path directory, HeadChunkSource[] sources) {
        this.storage = storage;
        this.directory = directory;
        this.sources = sources;
    }

    /**
     * Maps all files; what is in them is not looked at. A last file without a header is passed over: a crash right
     * after its creation leaves one. No directory is the same as an empty one.
     */
    public static HeadChunkReader open(Storage storage, Path directory) throws IOException {
        int[] numbers = NumberedFiles.list(storage, directory);
        HeadChunkReader reader = new HeadChunkReader(storage, directory, new HeadChunkSource[0]);
        try {
            for (int number : numbers) {
                HeadChunkSource source = HeadChunkSource.map(storage, directory, number);
                if (number == numbers[numbers.length - 1] && source.isUnbegun()) {
                    source.release();
                } else {
                    reader.add(source);
                }
            }
            return reader;
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    private void add(HeadChunkSource source) {
        HeadChunkSource[] before = sources;
        HeadChunkSource[] after = Arrays.copyOf(before, before.length + 1);
        after[before.length] = source;
        sources = after;
    }

    /** Sizes of the files that are there now, by their numbers. */
    public Map<Integer, Long> fileSizesBytes() throws IOException {
        Map<Integer, Long> sizes = new TreeMap<>();
        for (int number : NumberedFiles.list(storage, directory)) {
            sizes.put(number, storage.size(NumberedFiles.path(directory, number)));
        }
        return sizes;
    }

    /**
     * A {@link #scan} will take a file for damaged that has less than the list says, or that is missing.
     *
     * @param fromMillis files all of whose samples in order are older may be missing
     */
    public void expect(HeadFileList list, long fromMillis) {
        expected = list;
        neededFromMillis = fromMillis;
    }

    /** What the last {@link #scan} found, up to the damage if there was any: nobody writes to these files any more. */
    public HeadFileList scanned() {
        return scanned;
    }

    /**
     * Gives all records of the files that were there at {@link #open} to the handler, in the order they were written.
     *
     * @throws CorruptionException at the first damage, a missing file included; what was handed over before is good,
     *     and nothing behind it is safe to use: with a hole before it, it would hide samples that the log still has
     * @throws FormatVersionException if a file has another version
     */
    public void scan(HeadChunkHandler handler) throws IOException {
        HeadChunkSource[] files = sources;
        scanned = HeadFileList.empty();
        scanFailed = true;
        int next = 1;
        for (HeadChunkSource file : files) {
            damaged = file;
            damagedAt = 0;
            MappedFile mapped = file.mapped();
            if (mapped == null) {
                throw new IllegalStateException("scan comes before writing and reading");
            }
            if (next > 1 && file.number() != next) {
                throw file.corrupt(0, "file number " + next, "" + file.number());
            }
            requireListed(next, file.number());
            checkHeader(file, mapped);
            scan(file, mapped, handler);
            next = file.number() + 1;
        }
        damaged = null;
        requireListed(next, Integer.MAX_VALUE);
        scanFailed = false;
    }

    /** No file is there from one number to before another: none of them may have held what is needed. */
    private void requireListed(int fromNumber, int toNumber) throws CorruptionException {
        Integer missing = expected.firstNeeded(fromNumber, toNumber, neededFromMillis);
        if (missing != null) {
            throw gone(missing);
        }
    }

    private void checkHeader(HeadChunkSource source, MappedFile file) throws IOException {
        try {
            HeadChunkFile.HEADER.check(source.name(), file);
        } catch (FormatVersionException e) {
            // Not damage: nothing may be deleted that a newer program wrote.
            damaged = null;
            scanFailed = false;
            throw e;
        }
    }

    private void scan(HeadChunkSource source, MappedFile file, HeadChunkHandler handler) throws IOException {
        HeadFileEntry.Tally tally = new HeadFileEntry.Tally();
        HeadChunkScan records = new HeadChunkScan(source, file);
        try {
            while (records.next()) {
                handler.chunk(
                        records.seriesReference(),
                        records.headChunkReference(),
                        records.minTimestampMillis(),
                        records.maxTimestampMillis(),
                        records.encodingId(),
                        records.sampleCount(),
                        records.isOutOfOrder());
                tally.add(
                        records.seriesReference(),
                        records.minTimestampMillis(),
                        records.maxTimestampMillis(),
                        records.isOutOfOrder());
            }
            HeadFileEntry listed = expected.get(source.number());
            if (listed != null && listed.endBytes() > records.position() && tally.mayBe(listed)) {
                throw source.corrupt(records.position(), "chunks up to offset " + listed.endBytes(), "none");
            }
        } finally {
            damagedAt = records.position();
            if (!tally.isEmpty()) {
                scanned.put(source.number(), tally.entry(damagedAt));
            }
        }
    }

    /**
     * After a {@link #scan} that failed: takes out everything from the record on at which it failed, so that the
     * directory is whole again. Files are renamed, and the one that stays in part is copied first. The samples are
     * still in the log.
     */
    public void setDamagedAside() throws IOException {
        if (!scanFailed) {
            return;
        }
        changes.lock();
        try {
            if (damaged != null) {
                setAsideFrom(damaged);
                damaged = null;
            }
            if (!expected.isEmpty()) {
                // Otherwise what is aside now would be missed at each opening.
                scanned.markChanged();
                scanned.store(storage, directory);
                expected = scanned;
            }
            scanFailed = false;
        } finally {
            changes.unlock();
        }
    }

    private void setAsideFrom(HeadChunkSource first) throws IOException {
        // From the end and one by one, so that a crash in between leaves no gap.
        for (HeadChunkSource last = last(); last != null && last.number() > first.number(); last = last()) {
            removeLast(last);
            Path unused = DamagedFiles.moveAside(storage, last.path());
        }
        removeLast(first);
        if (damagedAt < HeadChunkFile.HEADER_BYTES) {
            Path unused = DamagedFiles.moveAside(storage, first.path());
            return;
        }
        if (damagedAt < storage.size(first.path())) {
            Path unused = DamagedFiles.copyAside(storage, first.path());
            cut(first.path(), damagedAt);
        }
        add(HeadChunkSource.map(storage, directory, first.number()));
    }

    private @Nullable HeadChunkSource last() {
        HeadChunkSource[] now = sources;
        return now.length == 0 ? null : now[now.length - 1];
    }

    private void removeLast(HeadChunkSource last) throws IOException {
        if (last.inUse()) {
            throw new IllegalStateException("damaged files are taken out before reading");
        }
        sources = Arrays.copyOf(sources, sources.length - 1);
        last.release();
    }

    private void delete(Path file) throws IOException {
        storage.delete(file);
        storage.syncDirectory(directory);
    }

    private void cut(Path file, long size) throws IOException {
        try (AppendFile open = storage.append(file)) {
            open.truncate(size);
            open.sync();
        }
    }

    /**
     * Fills {@code target} with the chunk of this reference, copied into the target's own buffer.
     *
     * @throws CorruptionException if there is no whole chunk or its checksum is wrong
     * @throws UnsupportedChunkException if the chunk is in an encoding that is not known
     */
    public void read(long headChunkReference, EncodedChunk target) throws IOException {
        HeadChunkSource source = acquire(HeadChunkFile.fileNumber(headChunkReference));
        try {
            source.read(HeadChunkFile.offset(headChunkReference), target);
        } finally {
            source.release();
        }
    }

    private HeadChunkSource acquire(int number) throws IOException {
        HeadChunkSource known = acquireKnown(number);
        if (known != null) {
            return known;
        }
        changes.lock();
        try {
            if (closed) {
                throw new IllegalStateException("cannot read head chunks: found=closed, directory=" + directory);
            }
            addNewFiles();
            known = acquireKnown(number);
            if (known == null) {
                throw gone(number);
            }
            return known;
        } finally {
            changes.unlock();
        }
    }

    /** A source that was closed between looking and acquiring has been replaced in the list under the lock. */
    private @Nullable HeadChunkSource acquireKnown(int number) {
        HeadChunkSource[] now = sources;
        for (int i = now.length - 1; i >= 0 && now[i].number() >= number; i--) {
            if (now[i].number() == number && now[i].acquire()) {
                return now[i];
            }
        }
        return null;
    }

    /** Takes in the files that were begun since the last look; all but the newest are complete. */
    private void addNewFiles() throws IOException {
        HeadChunkSource last = last();
        int known = last == null ? 0 : last.number();
        int[] numbers = NumberedFiles.list(storage, directory);
        int newest = numbers.length == 0 ? 0 : numbers[numbers.length - 1];
        if (newest <= known) {
            return;
        }
        if (last != null && last.mapped() == null) {
            replaceLast(HeadChunkSource.map(storage, directory, known));
        }
        for (int number : numbers) {
            if (number > known && number < newest) {
                add(HeadChunkSource.map(storage, directory, number));
            }
        }
        add(HeadChunkSource.openGrowing(storage, directory, newest));
    }

    private void replaceLast(HeadChunkSource replacement) throws IOException {
        HeadChunkSource[] now = sources.clone();
        HeadChunkSource replaced = now[now.length - 1];
        now[now.length - 1] = replacement;
        sources = now;
        replaced.release();
    }

    private CorruptionException gone(int number) {
        return new CorruptionException(
                NumberedFiles.path(directory, number).toString(), 0, "a file of head chunks", "none of this number");
    }

    /** Deletes all files with lower numbers. Their chunks must not be asked for any more; reads under way end well. */
    public void truncateBefore(int fileNumber) throws IOException {
        changes.lock();
        try {
            // From the beginning and one by one, so that a crash in between leaves no gap.
            for (int number : NumberedFiles.list(storage, directory)) {
                if (number < fileNumber) {
                    delete(NumberedFiles.path(directory, number));
                    forget(number);
                }
            }
        } finally {
            changes.unlock();
        }
    }

    private void forget(int number) throws IOException {
        for (HeadChunkSource source : sources) {
            if (source.number() == number) {
                sources = Arrays.stream(sources).filter(s -> s != source).toArray(HeadChunkSource[]::new);
                source.release();
            }
        }
    }

    /** Numbers of the files that are known, ascending. */
    public int[] fileNumbers() {
        return Arrays.stream(sources).mapToInt(HeadChunkSource::number).toArray();
    }

    /** Nobody may read any more. */
    @Override
    public void close() throws IOException {
        changes.lock();
        try {
            closed = true;
            HeadChunkSource[] all = sources;
            sources = new HeadChunkSource[0];
            for (HeadChunkSource source : all) {
                source.release();
            }
        } finally {
            changes.unlock();
        }
    }
}
