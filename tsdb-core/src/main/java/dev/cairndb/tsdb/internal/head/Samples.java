package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.remote.RemoteWriteRequest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one append brings, by series: where it comes from (a decoded request, a batch) does not matter to the head. Of a
 * series the floats are stored first, then the histograms, each in their order here.
 */
public interface Samples {
    int seriesCount();

    /** About how many bytes all of this is. */
    long sizeBytes();

    /** Index of the first sample of a series; its last one is before {@code firstSample(series + 1)}. */
    int firstSample(int series);

    long timestampMillis(int sample);

    long valueBits(int sample);

    /** Since when a float's counter counts; 0 if that is not known. */
    long startTimestampMillis(int sample);

    /** Index of the first histogram of a series; its last one is before {@code firstHistogram(series + 1)}. */
    int firstHistogram(int series);

    long histogramTimestampMillis(int histogram);

    /** Since when a histogram counts; 0 if that is not known. */
    long histogramStartTimestampMillis(int histogram);

    /** Fills {@code target} with a histogram as it was sent. */
    void readHistogram(int histogram, HistogramBuffer target);

    /**
     * Puts the rows of series that are found without a look at their labels into {@link AppendScratch#slots}, and
     * {@link SeriesRegistry#ABSENT} for the others. The caller holds an epoch pin.
     */
    default void findKnown(SeriesRegistry registry, AppendScratch scratch) {
        Arrays.fill(scratch.slots, 0, seriesCount(), SeriesRegistry.ABSENT);
    }

    /**
     * Finds the row of a series, or creates it. Returns its slot, {@link SeriesRegistry#ABSENT} if there is none and
     * {@code create} is false, or what {@link AppendScratch#refusal} makes of the reason why it cannot have one.
     */
    int resolve(int series, SeriesRegistry registry, AppendScratch scratch, boolean create);

    /** The request, for its exemplars and metadata; null if there are none. */
    default @Nullable RemoteWriteRequest request() {
        return null;
    }

    /** The series for a message. */
    String describe(int series);
}
