package dev.cairndb.tsdb;

import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.tsdb.internal.head.BatchSamples;
import dev.cairndb.tsdb.internal.head.SeriesKey;
import java.io.IOException;
import java.util.concurrent.CompletionStage;

/** Collects samples in columns for {@link Tsdb}. */
final class HeadAppendBatch implements AppendBatch {
    private final Tsdb db;
    private final BatchSamples samples = new BatchSamples();

    HeadAppendBatch(Tsdb db) {
        this.db = db;
    }

    @Override
    public AppendBatch add(SeriesHandle series, long timestampMillis, double value) {
        samples.add(keyOf(series), timestampMillis, Double.doubleToRawLongBits(value));
        return this;
    }

    @Override
    public AppendBatch add(SeriesHandle series, long timestampMillis, HistogramSample histogram) {
        samples.add(keyOf(series), timestampMillis, histogram);
        return this;
    }

    private SeriesKey keyOf(SeriesHandle series) {
        SeriesKey key = ((HeadSeriesHandle) series).key();
        if (!key.isOf(db.head())) {
            throw new IllegalArgumentException("series " + series.labels() + " is of another store");
        }
        return key;
    }

    @Override
    public AppendResult commit() throws IOException {
        try {
            return db.append(samples);
        } finally {
            samples.clear();
        }
    }

    @Override
    public CompletionStage<AppendResult> commitAsync() {
        try {
            return db.appendAsync(samples);
        } finally {
            samples.clear();
        }
    }
}
