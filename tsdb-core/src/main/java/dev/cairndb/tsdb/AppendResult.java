package dev.cairndb.tsdb;

import dev.cairndb.tsdb.internal.head.AppendCount;
import dev.cairndb.tsdb.internal.head.AppendCounts;
import org.jspecify.annotations.Nullable;

/** What became of all that one append brought. Immutable. */
public final class AppendResult {
    private static final Rejection[] REASONS = Rejection.values();

    private final AppendCounts counts;
    private final @Nullable String firstRejected;

    /** @param counts not changed any more */
    AppendResult(AppendCounts counts, @Nullable String firstRejected) {
        this.counts = counts;
        this.firstRejected = firstRejected;
    }

    /** Float samples that are now stored and were not before. */
    public int samplesAppended() {
        return counts.of(AppendCount.SAMPLES_APPENDED);
    }

    /**
     * Those of {@link #samplesAppended} that were late: older than the newest sample of their series, or of the store.
     */
    public int samplesLate() {
        return counts.of(AppendCount.SAMPLES_LATE);
    }

    /** Float samples that were there already, bit for bit: accepted, and not stored again. */
    public int samplesDuplicate() {
        return counts.of(AppendCount.SAMPLES_DUPLICATE);
    }

    /** Native histograms that are now stored and were not before. */
    public int histogramsAppended() {
        return counts.of(AppendCount.HISTOGRAMS_APPENDED);
    }

    /** Those of {@link #histogramsAppended} that were late. */
    public int histogramsLate() {
        return counts.of(AppendCount.HISTOGRAMS_LATE);
    }

    /** Native histograms that were there already: accepted, and not stored again. */
    public int histogramsDuplicate() {
        return counts.of(AppendCount.HISTOGRAMS_DUPLICATE);
    }

    /** Exemplars that are now stored and were not before. */
    public int exemplarsAppended() {
        return counts.of(AppendCount.EXEMPLARS_APPENDED);
    }

    /** Exemplars that were there already: accepted, and not stored again. */
    public int exemplarsDuplicate() {
        return counts.of(AppendCount.EXEMPLARS_DUPLICATE);
    }

    /** Exemplars that were passed over because the store keeps none; that is no error. */
    public int exemplarsIgnored() {
        return counts.of(AppendCount.EXEMPLARS_IGNORED);
    }

    /** Metadata entries that were new to the store. */
    public int metadataUpdated() {
        return counts.of(AppendCount.METADATA_UPDATED);
    }

    /** Metadata entries that were not kept, because the store keeps none or has no room; that is no error. */
    public int metadataIgnored() {
        return counts.of(AppendCount.METADATA_IGNORED);
    }

    public int rejected(Rejection reason) {
        return counts.rejected(reason);
    }

    public int rejectedTotal() {
        int sum = 0;
        for (Rejection reason : REASONS) {
            sum += rejected(reason);
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
        StringBuilder text = new StringBuilder("appended ").append(samplesAppended());
        if (histogramsAppended() > 0) {
            text.append(" and ").append(histogramsAppended()).append(" histograms");
        }
        for (Rejection reason : REASONS) {
            if (rejected(reason) > 0) {
                text.append("; rejected ").append(rejected(reason)).append(": ").append(reason.description());
            }
        }
        if (metadataIgnored() > 0 && rejectedTotal() > 0) {
            text.append("; ignored ").append(metadataIgnored()).append(" metadata entries");
        }
        if (firstRejected != null) {
            text.append("; first: ").append(firstRejected);
        }
        return text.toString();
    }
}
