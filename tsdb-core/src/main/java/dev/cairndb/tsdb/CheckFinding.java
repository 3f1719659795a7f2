package dev.cairndb.tsdb;

import java.nio.file.Path;

/**
 * Something in a store's directory that is not as it should be.
 *
 * @param file what is damaged or missing; a directory for what concerns all of it
 * @param offset in the file, as far as it is known
 * @param problem what was expected there and what was found
 * @param lost what cannot be read for it, whether it is repaired or not
 * @param repair what a repair does about it
 * @param repaired whether that was done
 */
public record CheckFinding(
        FileKind kind, Path file, long offset, String problem, String lost, String repair, boolean repaired) {
    CheckFinding done() {
        return new CheckFinding(kind, file, offset, problem, lost, repair, true);
    }
}
