package dev.cairndb.tsdb;

import dev.cairndb.chunks.HistogramSample;
import java.io.IOException;
import java.util.concurrent.CompletionStage;

/** Samples to append together, from {@link Tsdb#newBatch}. Reused after {@link #commit}. Not thread-safe. */
public sealed interface AppendBatch permits HeadAppendBatch {
    /** Adds a sample; nothing is checked or stored before the commit. Returns this. */
    AppendBatch add(SeriesHandle series, long timestampMillis, double value);

    /** Adds a native histogram, which is copied; otherwise as {@link #add(SeriesHandle, long, double)}. */
    AppendBatch add(SeriesHandle series, long timestampMillis, HistogramSample histogram);

    /** Appends the samples and empties the batch; as {@link Tsdb#append}. */
    AppendResult commit() throws IOException;

    /** As {@link Tsdb#appendAsync}; the batch is empty and usable again when this returns. */
    CompletionStage<AppendResult> commitAsync();
}
