package dev.cairndb.chunks;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteReader;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.FileHeader;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the files of {@code chunks_head} hold that nobody writes to any more. It lies beside that directory as {@link
 * #FILE_NAME}, so that a file that lost its end, or is gone, is noticed: nothing in the files themselves tells where
 * one ends, and with a hole in them later chunks hide what the log has of the missing ones. See {@code
 * docs/format/cairn.chunks_head.md}.
 *
 * <p>Nothing is lost without it, and a file it does not name is good. Not thread-safe.
 */
public final class HeadFileList {
    public static final String FILE_NAME = "cairn.chunks_head";

    static final FileHeader HEADER = FileHeader.of(0xCA1A0C4D, 1, 1, 5);
    static final int VERSION = 1;

    private static final String TEMPORARY_NAME = FILE_NAME + ".tmp";
    private static final int ENTRY_BYTES = Integer.BYTES + 4 * Long.BYTES;

    private final TreeMap<Integer, HeadFileEntry> entries = new TreeMap<>();
    private boolean changed;

    private HeadFileList() {}

    /** One that names no file. */
    public static HeadFileList empty() {
        return new HeadFileList();
    }

    /**
     * That of a directory of files; an empty one if there is none.
     *
     * @throws CorruptionException if it is damaged; the files may be good all the same
     * @throws FormatVersionException if a newer program wrote it
     */
    public static HeadFileList read(Storage storage, Path directory) throws IOException {
        Path file = directory.resolveSibling(FILE_NAME);
        return storage.exists(file) ? parse(file.toString(), storage.readAll(file)) : empty();
    }

    static HeadFileList parse(String file, byte[] bytes) throws CorruptionException, FormatVersionException {
        HEADER.check(file, bytes, 0, bytes.length);
        int start = HEADER.sizeBytes();
        ByteReader in = new ByteReader(file).reset(bytes, start, bytes.length - start, start);
        int count = in.readInt();
        if (count < 0 || in.remaining() != (long) count * ENTRY_BYTES + Integer.BYTES) {
            throw in.corrupt(count + " files", in.remaining() + " bytes");
        }
        int end = bytes.length - Integer.BYTES;
        int expected = BigEndian.getInt(bytes, end);
        int found = Crc32c.of(bytes, 0, end);
        if (expected != found) {
            throw new CorruptionException(
                    file, end, "checksum " + Integer.toHexString(expected), Integer.toHexString(found));
        }
        HeadFileList list = empty();
        for (int i = 0; i < count; i++) {
            list.entries.put(
                    in.readInt(), new HeadFileEntry(in.readLong(), in.readLong(), in.readLong(), in.readLong()));
        }
        return list;
    }

    void put(int number, HeadFileEntry entry) {
        entries.put(number, entry);
        changed = true;
    }

    @Nullable
    HeadFileEntry get(int number) {
        return entries.get(number);
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Of the files from one number to before another, the first with samples in order at or after a time, or null. */
    @Nullable
    Integer firstNeeded(int fromNumber, int toNumber, long fromMillis) {
        for (Map.Entry<Integer, HeadFileEntry> entry :
                entries.subMap(fromNumber, toNumber).entrySet()) {
            long newest = entry.getValue().newestTimestampMillis();
            if (newest != HeadFileEntry.Tally.NONE && newest >= fromMillis) {
                return entry.getKey();
            }
        }
        return null;
    }

    void forgetBefore(int number) {
        Map<Integer, HeadFileEntry> before = entries.headMap(number, false);
        changed |= !before.isEmpty();
        before.clear();
    }

    /** The next {@link #store} writes it, whatever is in it. */
    void markChanged() {
        changed = true;
    }

    /** Writes it, durably, if it is not what was read or written last. */
    void store(Storage storage, Path directory) throws IOException {
        if (!changed) {
            return;
        }
        ByteWriter bytes = new ByteWriter(HEADER.sizeBytes() + entries.size() * ENTRY_BYTES + 2 * Integer.BYTES);
        put(bytes);
        Path temporary = directory.resolveSibling(TEMPORARY_NAME);
        storage.delete(temporary);
        try (AppendFile file = storage.create(temporary)) {
            file.write(bytes.array(), 0, bytes.size());
            file.sync();
        }
        storage.rename(temporary, directory.resolveSibling(FILE_NAME));
        Path parent = directory.getParent();
        if (parent != null) {
            storage.syncDirectory(parent);
        }
        changed = false;
    }

    void put(ByteWriter target) {
        HEADER.put(target, VERSION);
        target.putInt(entries.size());
        entries.forEach((number, entry) -> {
            target.putInt(number);
            target.putLong(entry.endBytes());
            target.putLong(entry.firstSeriesRef());
            target.putLong(entry.firstMinTimestampMillis());
            target.putLong(entry.newestTimestampMillis());
        });
        target.putInt(Crc32c.of(target.array(), 0, target.size()));
    }
}
