package dev.cairndb.receiver.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * How many bytes the files of a store's directory have, to show how far reading them is. Whoever writes there may go on;
 * what cannot be seen counts as nothing.
 */
final class DirectoryBytes {
    private static final List<String> LOGS = List.of("wal", "wbl");
    private static final String SNAPSHOT = "chunk_snapshot.";

    private DirectoryBytes() {}

    static long ofAll(Path directory) {
        return sum(directory);
    }

    /** What a store reads from one end to the other when it is opened. */
    static long ofLogs(Path directory) {
        try (Stream<Path> folders = Files.list(directory)) {
            return folders.filter(folder -> isLog(folder.getFileName().toString()))
                    .mapToLong(DirectoryBytes::sum)
                    .sum();
        } catch (IOException | UncheckedIOException e) {
            return 0;
        }
    }

    private static boolean isLog(String name) {
        return LOGS.contains(name) || name.startsWith(SNAPSHOT);
    }

    private static long sum(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .mapToLong(DirectoryBytes::size)
                    .sum();
        } catch (IOException | UncheckedIOException e) {
            return 0;
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
