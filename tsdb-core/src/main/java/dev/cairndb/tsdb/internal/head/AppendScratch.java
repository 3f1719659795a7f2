package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramResolution;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.tsdb.Rejection;
import dev.cairndb.tsdb.internal.metadata.MetadataText;
import dev.cairndb.tsdb.internal.wal.LogBatch;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** What one append needs while it is under way, and its counts afterwards. Pooled by the head; not thread-safe. */
public final class AppendScratch {
    private static final int FIRST_REFUSAL = -3;
    private static final int RETAINED_BYTES_MAX = 1 << 20;
    /** Labels may be as long as a request; a message about them may not. */
    private static final int DESCRIPTION_LENGTH_MAX = 1_000;

    final ByteWriter packed = new ByteWriter(512);
    final ByteWriter seriesLabels = new ByteWriter(512);
    int[] slots = new int[64];
    /** Of the rows in {@link #slots}, as long as it is not sure that they are still there. */
    long[] refs = new long[64];
    /** Of the labels of series, where they are looked for by them. */
    long[] hashes = new long[0];
    /** Of a version 2 request. */
    final RequestSymbols symbols = new RequestSymbols();
    /** What was loaded ahead; means nothing. */
    long touched;

    /** By metadata entry of a version 1 request. */
    int[] metadataSlots = new int[0];

    /** Nothing that the request says of its series is new. */
    boolean metadataCurrent;

    /** The entry at hand. */
    final MetadataText metadata = new MetadataText();

    final AppendCounts counts = new AppendCounts();
    int firstRejectedSeries;
    long firstRejectedTimestampMillis;
    Rejection firstReason = Rejection.OUT_OF_ORDER;
    long ticket;

    /** What is accepted, by time. */
    long oldestValidMillis;

    long newestValidMillis;

    /** Late samples are taken from this time on. */
    long oldestLateMillis;

    /** Times of what was stored. */
    long minMillis;

    long maxMillis;
    /** The highest {@link OpenHistograms#rank} in the present group of log records. */
    int rankInGroup;

    /** For the late log; null as long as nothing late was met. */
    @Nullable
    LogBatch lateBatch;

    long lateTicket;

    /** As {@link #rankInGroup}, in {@link #lateBatch}. */
    int lateRankInGroup;

    /** The histogram at hand. */
    final HistogramBuffer histogram = new HistogramBuffer();

    private final BitSet invalidHistograms = new BitSet();
    private @Nullable String firstProblem;
    private int bucketsMax;

    AppendScratch() {}

    void begin(int seriesCount) {
        invalidHistograms.clear();
        firstProblem = null;
        bucketsMax = 0;
        rankInGroup = 0;
        lateBatch = null;
        lateTicket = 0;
        lateRankInGroup = 0;
        minMillis = Long.MAX_VALUE;
        maxMillis = Long.MIN_VALUE;
        if (slots.length < seriesCount) {
            slots = new int[Math.max(seriesCount, slots.length * 2)];
            refs = new long[slots.length];
        }
        counts.clear();
        firstRejectedSeries = -1;
    }

    /** Room for the hashes of so many series. */
    long[] hashes(int seriesCount) {
        if (hashes.length < seriesCount) {
            hashes = new long[slots.length];
        }
        return hashes;
    }

    boolean isValidTime(long timestampMillis) {
        return timestampMillis >= Math.min(oldestValidMillis, oldestLateMillis) && timestampMillis <= newestValidMillis;
    }

    /** Fills {@link #histogram}, with no finer schema than can be stored. */
    void readHistogram(Samples samples, int index) {
        samples.readHistogram(index, histogram);
        bucketsMax = Math.max(bucketsMax, histogram.positiveBucketCount() + histogram.negativeBucketCount());
        if (HistogramResolution.isReducible(histogram.schema())) {
            // One that cannot be reduced keeps its schema, which is then found to be invalid.
            boolean unused = HistogramResolution.reduce(histogram);
        }
    }

    void markInvalid(int index, String problem) {
        if (invalidHistograms.isEmpty()) {
            firstProblem = problem;
        }
        invalidHistograms.set(index);
    }

    boolean isInvalid(int index) {
        return invalidHistograms.get(index);
    }

    void include(long timestampMillis) {
        minMillis = Math.min(minMillis, timestampMillis);
        maxMillis = Math.max(maxMillis, timestampMillis);
    }

    /** The slot that says: no sample of this series can be stored, because of this. */
    static int refusal(Rejection reason) {
        return FIRST_REFUSAL - reason.ordinal();
    }

    static Rejection reasonOf(int slot) {
        return Rejection.values()[FIRST_REFUSAL - slot];
    }

    static boolean isRefusal(int slot) {
        return slot <= FIRST_REFUSAL;
    }

    void reject(int series, long timestampMillis, Rejection reason) {
        counts.addRejected(reason);
        if (firstRejectedSeries < 0) {
            firstRejectedSeries = series;
            firstRejectedTimestampMillis = timestampMillis;
            firstReason = reason;
        }
    }

    /** Overwritten by the next append. */
    public AppendCounts counts() {
        return counts;
    }

    /** What the log must have made durable before the append may be answered. */
    public long ticket() {
        return ticket;
    }

    /** As {@link #ticket} for the late log; 0 if nothing late was stored or found to be there already. */
    public long lateTicket() {
        return lateTicket;
    }

    /** The first rejected sample and why, or null. */
    public @Nullable String firstRejected(Samples samples) {
        if (firstRejectedSeries < 0) {
            return null;
        }
        String series = samples.describe(firstRejectedSeries);
        if (series.length() > DESCRIPTION_LENGTH_MAX) {
            series = series.substring(0, DESCRIPTION_LENGTH_MAX) + "...";
        }
        String reason = firstReason.description();
        if (firstReason == Rejection.INVALID_HISTOGRAM && firstProblem != null) {
            reason += ": " + firstProblem;
        }
        return series + " at " + firstRejectedTimestampMillis + ": " + reason;
    }

    boolean isWorthKeeping() {
        return 4L * (3L * slots.length + 2L * hashes.length + metadataSlots.length)
                        + symbols.retainedBytes()
                        + packed.array().length
                        + seriesLabels.array().length
                        + bucketsMax * 8L
                        + invalidHistograms.size() / 8
                <= RETAINED_BYTES_MAX;
    }
}
