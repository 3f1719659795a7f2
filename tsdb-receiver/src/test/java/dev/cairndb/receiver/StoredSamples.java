package dev.cairndb.receiver;

import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Matcher;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.SeriesCursor;
import dev.cairndb.tsdb.TimeRange;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What a tenant's store holds, a line a sample: labels, timestamp, bits of the value. */
final class StoredSamples {
    private StoredSamples() {}

    static List<String> of(Tenant tenant) throws IOException {
        Tsdb db = tenant == null ? null : tenant.openStore();
        List<String> lines = new ArrayList<>();
        if (db == null) {
            return lines;
        }
        try (Querier querier = db.querier(TimeRange.all());
                SeriesCursor series = querier.select(Matcher.regex("__name__", ".*"))) {
            while (series.next()) {
                SampleCursor samples = series.samples();
                while (samples.next()) {
                    lines.add(series.labels() + " " + samples.timestampMillis() + " "
                            + Long.toHexString(Double.doubleToRawLongBits(samples.value())));
                }
            }
        }
        return lines;
    }
}
