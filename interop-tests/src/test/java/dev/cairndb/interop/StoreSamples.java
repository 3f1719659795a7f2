package dev.cairndb.interop;

import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.tsdb.Durability;
import dev.cairndb.tsdb.FloatEncoding;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.SeriesCursor;
import dev.cairndb.tsdb.TimeRange;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** What the store itself reads. */
final class StoreSamples {
    private StoreSamples() {}

    /** Blocks stay as they were cut, but for late ones. */
    static TsdbOptions manual() {
        return TsdbOptions.defaults()
                .withDurability(Durability.OS)
                .withRetention(Duration.ZERO)
                .withBlockRangeMax(Duration.ofHours(2))
                .withMaintenance(TsdbOptions.Maintenance.MANUAL);
    }

    /** Opens the directory for it. */
    static SampleSet in(Path directory) throws IOException {
        try (Tsdb db = Tsdb.builder(directory).options(manual()).open()) {
            return of(db);
        }
    }

    /** The start timestamps of all samples that have one, in place of their values. */
    static SampleSet startTimestampsIn(Path directory) throws IOException {
        SampleSet starts = new SampleSet();
        try (Tsdb db = Tsdb.builder(directory)
                        .options(manual().withFloatEncoding(FloatEncoding.XOR2))
                        .open();
                Querier querier = db.querier(TimeRange.all());
                SeriesCursor series = querier.select(Matcher.regex("__name__", ".*"))) {
            while (series.next()) {
                for (SampleCursor sample = series.samples(); sample.next(); ) {
                    if (sample.startTimestampMillis() != 0) {
                        starts.add(series.labels(), sample.timestampMillis(), sample.startTimestampMillis());
                    }
                }
            }
        }
        return starts;
    }

    static SampleSet of(Tsdb db) throws IOException {
        SampleSet samples = new SampleSet();
        try (Querier querier = db.querier(TimeRange.all());
                SeriesCursor series = querier.select(Matcher.regex("__name__", ".*"))) {
            while (series.next()) {
                for (SampleCursor sample = series.samples(); sample.next(); ) {
                    samples.add(series.labels(), sample.timestampMillis(), sample.valueBits());
                }
            }
        }
        return samples;
    }

    /** Every sample of every kind, as {@link RemoteRead#texts} tells them. */
    static Map<Labels, TreeMap<Long, String>> textsOf(Tsdb db) throws IOException {
        Map<Labels, TreeMap<Long, String>> texts = new TreeMap<>();
        try (Querier querier = db.querier(TimeRange.all());
                SeriesCursor series = querier.select(Matcher.regex("__name__", ".*"))) {
            while (series.next()) {
                TreeMap<Long, String> samples = new TreeMap<>();
                for (SampleCursor sample = series.samples(); sample.next(); ) {
                    samples.put(
                            sample.timestampMillis(),
                            sample.kind() == SampleKind.FLOAT
                                    ? Long.toHexString(sample.valueBits())
                                    : HistogramText.of(sample.histogram()));
                }
                texts.put(series.labels(), samples);
            }
        }
        return texts;
    }
}
