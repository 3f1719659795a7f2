package dev.cairndb.tsdb;

import java.nio.file.Path;
import java.util.List;

/**
 * What {@link TsdbCheck} found.
 *
 * @param inUse a store has the directory open: what is being written now was not judged
 * @param blocks blocks that were read
 * @param blockSamples samples in the chunks of blocks that can be read, deleted ones included
 * @param logSamples samples in whole records of the log and the log of late samples; some are in blocks or twice in
 *     here
 * @param findings what is damaged or missing, by place
 * @param notes what is no damage, but worth knowing: what was put aside before, what an interrupted write left
 */
public record CheckReport(
        Path directory,
        boolean inUse,
        int blocks,
        long blockSamples,
        long logSamples,
        List<Finding> findings,
        List<String> notes) {
    public CheckReport {
        findings = List.copyOf(findings);
        notes = List.copyOf(notes);
    }

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
    public record Finding(
            FileKind kind, Path file, long offset, String problem, String lost, String repair, boolean repaired) {
        Finding done() {
            return new Finding(kind, file, offset, problem, lost, repair, true);
        }
    }

    public boolean isClean() {
        return findings.isEmpty();
    }
}
