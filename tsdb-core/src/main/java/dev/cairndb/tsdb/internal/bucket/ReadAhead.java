package dev.cairndb.tsdb.internal.bucket;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The sources of one selection, which are walked together: while one of them waits for the bucket, the others fetch what
 * they will be asked for next. For one thread at a time.
 */
final class ReadAhead {
    private final SideBySide sideBySide;
    private final List<BucketSeriesSource> sources = new ArrayList<>();

    ReadAhead(SideBySide sideBySide) {
        this.sideBySide = sideBySide;
    }

    void add(BucketSeriesSource source) {
        sources.add(source);
    }

    /** Fetches entries of the index for a source that has no more, and for those that will have none soon. */
    void entries(BucketSeriesSource first) throws IOException {
        List<SideBySide.Step> steps = new ArrayList<>();
        steps.add(first::fetchEntries);
        if (sideBySide.hasHelpers()) {
            for (BucketSeriesSource source : sources) {
                if (source != first && source.needsEntriesSoon()) {
                    steps.add(source::fetchEntries);
                }
            }
        }
        sideBySide.run(steps);
    }

    /** Fetches chunks for a source, from one on, and for those that stand at a series of which none are here. */
    void chunks(BucketSeriesSource first, int chunk) throws IOException {
        List<SideBySide.Step> steps = new ArrayList<>();
        steps.add(() -> first.fetchChunks(chunk));
        if (sideBySide.hasHelpers()) {
            for (BucketSeriesSource source : sources) {
                if (source != first && source.needsChunks()) {
                    steps.add(source::fetchChunks);
                }
            }
        }
        sideBySide.run(steps);
    }
}
