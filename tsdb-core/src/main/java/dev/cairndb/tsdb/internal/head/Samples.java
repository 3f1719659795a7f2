package dev.cairndb.tsdb.internal.head;

/** The samples of one append, by series: where they come from (a decoded request, a batch) does not matter to the head. */
public interface Samples {
    int seriesCount();

    /** Index of the first sample of a series; its last one is before {@code firstSample(series + 1)}. */
    int firstSample(int series);

    long timestampMillis(int sample);

    long valueBits(int sample);

    /**
     * Finds the row of a series, or creates it. Returns its slot, {@link SeriesRegistry#ABSENT} if there is none and
     * {@code create} is false, or what {@link AppendScratch#refusal} makes of the reason why it cannot have one.
     */
    int resolve(int series, SeriesRegistry registry, AppendScratch scratch, boolean create);

    /** The series for a message. */
    String describe(int series);
}
