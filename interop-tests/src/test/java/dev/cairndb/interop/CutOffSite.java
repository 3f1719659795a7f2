package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.AppendBatch;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbBuilder;
import dev.cairndb.tsdb.TsdbOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** The store of a site whose samples come in order for hours, and late for others. Times are hours from a start. */
final class CutOffSite {
    static final long HOUR = Duration.ofHours(1).toMillis();
    /** A multiple of eight hours, the range of a compactor's second level. */
    static final long START = 59_027L * 8 * HOUR;

    static final int SERIES = 4;
    private static final long STEP = 30_000;

    private final Path data;
    private final Duration window;
    private final SampleSet sent = new SampleSet();
    private int orderedEvery = 1;

    /** @param window how late samples may be */
    CutOffSite(Path data, Duration window) throws IOException {
        this.data = Files.createDirectories(data);
        this.window = window;
    }

    /** Only every n-th sample comes in order. */
    CutOffSite orderedEvery(int value) {
        orderedEvery = value;
        return this;
    }

    SampleSet sent() {
        return sent;
    }

    TsdbOptions options() {
        return StoreSamples.manual().withOutOfOrderWindow(window);
    }

    /** Opens the store, sends samples in order, and does all that is due. */
    void round(UnaryOperator<TsdbBuilder> components, int... fromToHours) throws IOException {
        try (Tsdb db = components.apply(Tsdb.builder(data).options(options())).open()) {
            for (int i = 0; i < fromToHours.length; i += 2) {
                append(db, START + fromToHours[i] * HOUR, START + fromToHours[i + 1] * HOUR, 0, orderedEvery);
            }
            db.admin().runMaintenance();
            StoreSamples.of(db).assertEqualTo(sent, "the store itself");
        }
    }

    /** Every n-th sample of a time, from the one with this number on. */
    private void append(Tsdb db, long from, long to, int first, int every) throws IOException {
        AppendBatch batch = db.newBatch();
        for (long t = from + first * STEP; t < to; t += every * STEP) {
            for (int series = 0; series < SERIES; series++) {
                double value = t / 1000.0 + series;
                batch.add(db.series(labels(series)), t, value);
                sent.add(labels(series), t, Double.doubleToRawLongBits(value));
            }
        }
        assertEquals((to - from) / STEP / every * SERIES, batch.commit().samplesAppended());
    }

    private static Labels labels(int series) {
        return Labels.of("__name__", "site_power", "meter", String.valueOf(series));
    }

    /** Sends every n-th sample of a time late, and cuts late blocks. */
    void late(int fromHour, int toHour, int first, int every) throws IOException {
        try (Tsdb db = Tsdb.builder(data).options(options()).open()) {
            append(db, START + fromHour * HOUR, START + toHour * HOUR, first, every);
            db.admin().cutBlocks();
            StoreSamples.of(db).assertEqualTo(sent, "the store itself");
        }
    }
}
