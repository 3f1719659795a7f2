package dev.cairndb.io;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Keeps what is damaged: beside its place, as {@code NAME.damaged-N}, a name that neither a store nor Prometheus nor
 * Thanos reads. Nothing here deletes it again; whoever runs the store may.
 */
public final class DamagedFiles {
    private static final String MARK = ".damaged-";
    private static final String TEMPORARY_SUFFIX = ".tmp";
    private static final int BUFFER_SIZE_BYTES = 1 << 20;

    private DamagedFiles() {}

    /** Whether a file or directory of this name was put aside. */
    public static boolean isName(String name) {
        int mark = name.lastIndexOf(MARK);
        return mark > 0
                && name.length() > mark + MARK.length()
                && name.chars().skip(mark + MARK.length()).allMatch(c -> c >= '0' && c <= '9');
    }

    /** Renames a file or directory, durably. Returns where it is now. */
    public static Path moveAside(Storage storage, Path path) throws IOException {
        Path aside = unusedName(storage, path);
        storage.rename(path, aside);
        storage.syncDirectory(parentOf(path));
        return aside;
    }

    /** As {@link #moveAside(Storage, Path)}, into another directory of the same file system. */
    public static Path moveAside(Storage storage, Path file, Path directory) throws IOException {
        Path aside = unusedName(storage, directory.resolve(file.getFileName()));
        storage.rename(file, aside);
        storage.syncDirectory(directory);
        storage.syncDirectory(parentOf(file));
        return aside;
    }

    /** Copies a file, durably, so that it may be changed in its place. Returns where the copy is. */
    public static Path copyAside(Storage storage, Path file) throws IOException {
        Path aside = unusedName(storage, file);
        Path temporary = aside.resolveSibling(aside.getFileName() + TEMPORARY_SUFFIX);
        storage.delete(temporary);
        byte[] buffer = new byte[BUFFER_SIZE_BYTES];
        try (ReadFile in = storage.open(file);
                AppendFile out = storage.create(temporary)) {
            long position = 0;
            int n = in.read(position, buffer, 0, buffer.length);
            while (n > 0) {
                out.write(buffer, 0, n);
                position += n;
                n = in.read(position, buffer, 0, buffer.length);
            }
            out.sync();
        }
        storage.rename(temporary, aside);
        storage.syncDirectory(parentOf(file));
        return aside;
    }

    private static Path unusedName(Storage storage, Path path) throws IOException {
        int number = 1;
        Path aside = path.resolveSibling(path.getFileName() + MARK + number);
        while (storage.exists(aside)) {
            number++;
            aside = path.resolveSibling(path.getFileName() + MARK + number);
        }
        return aside;
    }

    private static Path parentOf(Path path) {
        Path directory = path.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IllegalArgumentException("what is damaged lies in a directory: " + path);
        }
        return directory;
    }
}
