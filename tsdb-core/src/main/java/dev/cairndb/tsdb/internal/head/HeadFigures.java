package dev.cairndb.tsdb.internal.head;

import dev.cairndb.tsdb.Rejection;
import java.util.Map;

/** What a head counts; see the like-named components of {@link dev.cairndb.tsdb.TsdbStats}. */
public record HeadFigures(
        int seriesActive,
        long seriesCreated,
        long seriesRemoved,
        long samplesAppended,
        long samplesLate,
        long samplesDuplicate,
        long histogramsAppended,
        long histogramsLate,
        long histogramsDuplicate,
        Map<Rejection, Long> samplesRejected,
        int exemplars,
        long exemplarsAppended,
        long exemplarsDuplicate,
        int metadataEntries,
        long chunks,
        Map<String, Long> bytes) {}
