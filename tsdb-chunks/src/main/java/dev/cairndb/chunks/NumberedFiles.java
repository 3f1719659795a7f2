package dev.cairndb.chunks;

import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Names of files that are numbered from 1 in at least six digits. */
final class NumberedFiles {
    private static final int DIGITS_MIN = 6;
    private static final int DIGITS_MAX = 9;

    private NumberedFiles() {}

    static Path path(Path directory, int number) {
        return directory.resolve(name(number));
    }

    static String name(int number) {
        String digits = Integer.toString(number);
        return "0".repeat(Math.max(0, DIGITS_MIN - digits.length())) + digits;
    }

    /** The numbers of the files there, ascending; other names are passed over. */
    static int[] list(Storage storage, Path directory) throws IOException {
        List<String> names = storage.list(directory);
        return names.stream()
                .filter(NumberedFiles::isNumber)
                .mapToInt(Integer::parseInt)
                .filter(number -> number > 0)
                .sorted()
                .toArray();
    }

    private static boolean isNumber(String name) {
        return name.length() >= DIGITS_MIN
                && name.length() <= DIGITS_MAX
                && name.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
