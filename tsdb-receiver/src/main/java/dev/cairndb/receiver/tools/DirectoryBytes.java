package dev.cairndb.receiver.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How many bytes the files of a store's directory have, to show how far reading them is. Whoever writes there may go on;
 * what cannot be seen counts as nothing.
 */
final class DirectoryBytes {
    /** Logs, chunks of the head, snapshots, blocks. */
    private static final Pattern PARTS =
            Pattern.compile("wal|wbl|chunks_head|chunk_snapshot\\.\\d+\\.\\d+|[0-7][0-9A-HJKMNP-TV-Z]{25}");

    private DirectoryBytes() {}

    static long ofAll(Path directory) {
        return names(directory).stream()
                .filter(name -> PARTS.matcher(name).matches())
                .mapToLong(name -> ofFiles(directory.resolve(name)))
                .sum();
    }

    /** Names of what lies in a directory, in order. */
    static List<String> names(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of();
        }
    }

    /** Of all files in a folder and below. */
    static long ofFiles(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .mapToLong(DirectoryBytes::ofFile)
                    .sum();
        } catch (IOException | UncheckedIOException e) {
            return 0;
        }
    }

    static long ofFile(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }
}
