package dev.cairndb.tsdb;

import dev.cairndb.tsdb.internal.head.AppendScratch;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What became of all that one append brought. Immutable. */
public final class AppendResult {
    private static final Rejection[] REASONS = Rejection.values();

    private final int samplesAppended;
    private final int samplesDuplicate;
    private final int histogramsAppended;
    private final int histogramsDuplicate;
    private final int exemplarsAppended;
    private final int exemplarsDuplicate;
    private final int exemplarsIgnored;
    private final int metadataUpdated;
    private final int metadataIgnored;
    private final int[] rejected;
    private final @Nullable String firstRejected;

    AppendResult(AppendScratch counts, int metadataIgnored, int[] rejectedByReason, @Nullable String firstRejected) {
        samplesAppended = counts.samplesAppended();
        samplesDuplicate = counts.samplesDuplicate();
        histogramsAppended = counts.histogramsAppended();
        histogramsDuplicate = counts.histogramsDuplicate();
        exemplarsAppended = counts.exemplarsAppended();
        exemplarsDuplicate = counts.exemplarsDuplicate();
        exemplarsIgnored = counts.exemplarsIgnored();
        metadataUpdated = counts.metadataUpdated();
        this.metadataIgnored = metadataIgnored;
        this.rejected = Arrays.copyOf(rejectedByReason, REASONS.length);
        this.firstRejected = firstRejected;
    }

    /** Float samples that are now stored and were not before. */
    public int samplesAppended() {
        return samplesAppended;
    }

    /** Float samples that were there already, bit for bit: accepted, and not stored again. */
    public int samplesDuplicate() {
        return samplesDuplicate;
    }

    /** Native histograms that are now stored and were not before. */
    public int histogramsAppended() {
        return histogramsAppended;
    }

    /** Native histograms that were there already: accepted, and not stored again. */
    public int histogramsDuplicate() {
        return histogramsDuplicate;
    }

    /** Exemplars that are now stored and were not before. */
    public int exemplarsAppended() {
        return exemplarsAppended;
    }

    /** Exemplars that were there already: accepted, and not stored again. */
    public int exemplarsDuplicate() {
        return exemplarsDuplicate;
    }

    /** Exemplars that were passed over because the store keeps none; that is no error. */
    public int exemplarsIgnored() {
        return exemplarsIgnored;
    }

    /** Metadata entries that were new to the store. */
    public int metadataUpdated() {
        return metadataUpdated;
    }

    /** Metadata entries that were not kept, because the store keeps none or has no room; that is no error. */
    public int metadataIgnored() {
        return metadataIgnored;
    }

    public int rejected(Rejection reason) {
        return rejected[reason.ordinal()];
    }

    public int rejectedTotal() {
        int sum = 0;
        for (int count : rejected) {
            sum += count;
        }
        return sum;
    }

    /** Exemplars that were rejected; part of {@link #rejectedTotal}. */
    public int exemplarsRejected() {
        int sum = 0;
        for (Rejection reason : REASONS) {
            sum += reason.isOfExemplar() ? rejected(reason) : 0;
        }
        return sum;
    }

    /** The first series with a rejected sample or exemplar and what was wrong, or null if nothing was rejected. */
    public @Nullable String firstRejected() {
        return firstRejected;
    }

    /** For example {@code appended 10, out of order: ... 2; first: {a="b"} ...}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("appended ").append(samplesAppended);
        if (histogramsAppended > 0) {
            text.append(" and ").append(histogramsAppended).append(" histograms");
        }
        for (Rejection reason : REASONS) {
            if (rejected(reason) > 0) {
                text.append("; rejected ").append(rejected(reason)).append(": ").append(reason.description());
            }
        }
        if (metadataIgnored > 0 && rejectedTotal() > 0) {
            text.append("; ignored ").append(metadataIgnored).append(" metadata entries");
        }
        if (firstRejected != null) {
            text.append("; first: ").append(firstRejected);
        }
        return text.toString();
    }
}
