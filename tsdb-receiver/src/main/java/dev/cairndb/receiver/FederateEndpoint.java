package dev.cairndb.receiver;

import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.receiver.FederationWriter.FamilyType;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code /federate}: the newest sample of each series that selectors select, if it is not older than five minutes and
 * no stale marker, in an exposition format; as Prometheus does it (web/federate.go). Families are in the order of their
 * names.
 *
 * <p>Label order puts them so by itself, unless labels of the selection sort before {@code __name__}; then the series
 * of one name after the other are selected. Either way nothing is kept of a series that is written.
 */
final class FederateEndpoint implements ApiEndpoint {
    static final Duration LOOKBACK = Duration.ofMinutes(5);

    private static final String NAME = "__name__";
    private static final String INSTANCE = "instance";
    private static final long STALE_BITS = HistogramSample.STALE_NAN_BITS;

    private final ReceiverSettings settings;
    private final LongSupplier nowMillis;

    FederateEndpoint(ReceiverSettings settings, LongSupplier nowMillis) {
        this.settings = settings;
        this.nowMillis = nowMillis;
    }

    @Override
    public boolean takesForms() {
        return false;
    }

    @Override
    public boolean hasPlainErrors() {
        return true;
    }

    @Override
    public void answer(ApiQuery query, AnswerStream out) throws IOException, ApiException {
        List<Matcher[]> sets = query.parameters().selectors();
        FederationFormat format = FederationFormat.negotiate(query.accept());
        out.begin(format.contentType());
        FederationWriter writer = switch (format.kind()) {
            case PROTOBUF -> new ProtobufFederationWriter(out, format.escaping());
            case OPEN_METRICS -> new TextFederationWriter(out, format.escaping(), true);
            case TEXT -> new TextFederationWriter(out, format.escaping(), false);
        };
        Tsdb db = query.db();
        if (db != null && !sets.isEmpty()) {
            long now = nowMillis.getAsLong();
            try (Querier querier = query.querier(db, now - LOOKBACK.toMillis(), now)) {
                new Walk(query, writer, externalLabels(query.tenant())).write(querier, sets);
            }
        }
        writer.end();
    }

    /** What blocks carry too, and an empty instance, so that a parent does not put its own there. */
    private Map<String, String> externalLabels(String tenant) {
        Map<String, String> labels = new TreeMap<>();
        settings.externalLabels().forEach(labels::put);
        labels.put(settings.tenantLabel(), tenant);
        labels.putIfAbsent(INSTANCE, "");
        return labels;
    }

    /** One answer. */
    private static final class Walk {
        private final ApiQuery query;
        private final FederationWriter writer;
        private final Map<String, String> externalLabels;
        private final List<String> labels = new ArrayList<>();
        private final Newest newest = new Newest();
        private String family = "";
        private @Nullable FamilyType familyType;
        private int written;

        Walk(ApiQuery query, FederationWriter writer, Map<String, String> externalLabels) {
            this.query = query;
            this.writer = writer;
            this.externalLabels = externalLabels;
        }

        void write(Querier querier, List<Matcher[]> sets) throws IOException, ApiException {
            if (isOrderedByName(querier, sets)) {
                writeSeries(querier, sets);
                return;
            }
            TreeSet<byte[]> names = new TreeSet<>(Arrays::compareUnsigned);
            for (Matcher[] matchers : sets) {
                for (String name : querier.labelValues(NAME, matchers)) {
                    names.add(name.getBytes(StandardCharsets.UTF_8));
                }
            }
            for (byte[] name : names) {
                Matcher ofName = Matcher.equal(NAME, new String(name, StandardCharsets.UTF_8));
                List<Matcher[]> narrowed = new ArrayList<>();
                for (Matcher[] matchers : sets) {
                    Matcher[] more = Arrays.copyOf(matchers, matchers.length + 1);
                    more[matchers.length] = ofName;
                    narrowed.add(more);
                }
                query.checkTime();
                writeSeries(querier, narrowed);
            }
        }

        private static boolean isOrderedByName(Querier querier, List<Matcher[]> sets) throws IOException {
            for (Matcher[] matchers : sets) {
                List<String> names = querier.labelNames(matchers);
                if (!names.isEmpty() && !names.get(0).equals(NAME)) {
                    return false;
                }
            }
            return true;
        }

        private void writeSeries(Querier querier, List<Matcher[]> sets) throws IOException, ApiException {
            try (SeriesUnion series = new SeriesUnion(querier, sets, query)) {
                while (series.next()) {
                    writeNewest(series.labels(), series.samples());
                }
            }
        }

        private void writeNewest(Labels seriesLabels, SampleCursor samples) throws IOException, ApiException {
            String name = seriesLabels.get(NAME);
            newest.clear();
            while (samples.next()) {
                newest.take(samples);
            }
            HistogramSample histogram = newest.histogram;
            if (name.isEmpty() || !newest.isThere()) {
                return;
            }
            if (histogram != null
                    && histogram.schema() != HistogramSample.CUSTOM_BUCKETS_SCHEMA
                    && !writer.takesExponentialHistograms()) {
                return;
            }
            if (++written > SeriesEndpoint.SERIES_MAX) {
                throw new ApiException(
                        ApiException.Type.EXECUTION, "more than " + SeriesEndpoint.SERIES_MAX + " series selected");
            }
            startFamily(name, histogram);
            collectLabels(seriesLabels);
            if (histogram == null) {
                writer.sample(labels, newest.timestampMillis, newest.valueBits);
            } else {
                writer.histogram(labels, newest.timestampMillis, histogram);
            }
        }

        private void startFamily(String name, @Nullable HistogramSample histogram) throws IOException {
            FamilyType type = histogram == null
                    ? FamilyType.UNTYPED
                    : histogram.resetHint() == CounterResetHint.GAUGE
                            ? FamilyType.GAUGE_HISTOGRAM
                            : FamilyType.HISTOGRAM;
            if (!name.equals(family) || type != familyType) {
                writer.startFamily(name, type);
                family = name;
                familyType = type;
            }
        }

        private void collectLabels(Labels seriesLabels) {
            labels.clear();
            seriesLabels.forEach((name, value) -> {
                if (!name.equals(NAME)) {
                    labels.add(name);
                    labels.add(value);
                }
            });
            externalLabels.forEach((name, value) -> {
                if (seriesLabels.get(name).isEmpty()) {
                    labels.add(name);
                    labels.add(value);
                }
            });
        }
    }

    /** The last sample a cursor showed; a copy, since the cursor overwrites its histograms. */
    private static final class Newest {
        private final HistogramBuffer copy = new HistogramBuffer();
        private long timestampMillis;
        private long valueBits;
        private @Nullable HistogramSample histogram;

        void clear() {
            histogram = null;
            valueBits = STALE_BITS;
        }

        void take(SampleCursor samples) {
            timestampMillis = samples.timestampMillis();
            if (samples.kind() == SampleKind.FLOAT) {
                histogram = null;
                valueBits = samples.valueBits();
            } else {
                copy.set(samples.histogram());
                histogram = copy;
            }
        }

        boolean isThere() {
            return histogram == null ? valueBits != STALE_BITS : !histogram.isStale();
        }
    }
}
