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
        List<CheckFinding> findings,
        List<String> notes) {
    public CheckReport {
        findings = List.copyOf(findings);
        notes = List.copyOf(notes);
    }

    public boolean isClean() {
        return findings.isEmpty();
    }
}
