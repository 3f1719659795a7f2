package dev.cairndb.tsdb;

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
        SeriesKey key = ((HeadSeriesHandle) series).key();
        if (!key.isOf(db.head())) {
            throw new IllegalArgumentException("series " + series.labels() + " is of another store");
        }
        samples.add(key, timestampMillis, Double.doubleToRawLongBits(value));
        return this;
    }

    @Override
    public AppendResult commit() throws IOException {
        try {
            return db.append(samples, null);
        } finally {
            samples.clear();
        }
    }

    @Override
    public CompletionStage<AppendResult> commitAsync() {
        try {
            return db.appendAsync(samples, null);
        } finally {
            samples.clear();
        }
    }
}
