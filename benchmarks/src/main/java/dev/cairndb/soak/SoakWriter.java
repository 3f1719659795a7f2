package dev.cairndb.soak;

import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.tsdb.AppendBatch;
import dev.cairndb.tsdb.AppendResult;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.Rejection;
import dev.cairndb.tsdb.SeriesCursor;
import dev.cairndb.tsdb.TimeRange;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;

/**
 * Writes rounds of samples, one of each of its series, whose labels, times and values follow from the number of the
 * round: so what must be in a store follows from the last round that was answered.
 */
final class SoakWriter {
    static final long STEP_MILLIS = 15_000;

    private static final int SERIES = 500;
    /** After so many rounds all series are replaced. */
    private static final int ROUNDS_OF_SERIES = 700;

    private final String name;
    private final long startMillis;
    private final long behindMillis;

    /**
     * @param startMillis when round 0 is written
     * @param behindMillis how much older its samples are
     */
    SoakWriter(String name, long startMillis, long behindMillis) {
        this.name = name;
        this.startMillis = startMillis;
        this.behindMillis = behindMillis;
    }

    String name() {
        return name;
    }

    /** The round to be written at a time. */
    long roundAt(long millis) {
        return Math.floorDiv(millis - startMillis, STEP_MILLIS);
    }

    private long timestampMillis(long round) {
        return startMillis - behindMillis + round * STEP_MILLIS;
    }

    private static double value(long round, int series) {
        return round * 1_000.0 + series;
    }

    private Labels labels(long round, int series) {
        return Labels.of(
                "__name__", "soak", "writer", name, "series", "" + series, "generation", "" + round / ROUNDS_OF_SERIES);
    }

    /** Whether the round is stored now; false if the clock says that it lies in the future. */
    boolean write(Tsdb db, long round) throws IOException {
        AppendBatch batch = db.newBatch();
        for (int series = 0; series < SERIES; series++) {
            batch.add(db.series(labels(round, series)), timestampMillis(round), value(round, series));
        }
        AppendResult result;
        try {
            result = batch.commit();
        } catch (StoreUnavailableException e) {
            return false;
        }
        if (result.rejected(Rejection.TOO_FAR_IN_FUTURE) > 0) {
            return false;
        }
        if (result.rejectedTotal() > 0) {
            throw new IllegalStateException("round " + round + " of " + name + ": " + result);
        }
        return true;
    }

    /** Reads rounds and returns how many samples there are; fails if one is missing or has another value. */
    long check(Tsdb db, long fromRound, long toRound) throws IOException {
        long samples = 0;
        TimeRange range = TimeRange.ofMillis(timestampMillis(fromRound), timestampMillis(toRound));
        try (Querier querier = db.querier(range);
                SeriesCursor found = querier.select(Matcher.equal("__name__", "soak"), Matcher.equal("writer", name))) {
            while (found.next()) {
                int series = Integer.parseInt(found.labels().get("series"));
                for (SampleCursor cursor = found.samples(); cursor.next(); samples++) {
                    double expected = value(roundAt(cursor.timestampMillis() + behindMillis), series);
                    if (cursor.value() != expected) {
                        throw new IllegalStateException(found.labels() + " at " + cursor.timestampMillis()
                                + ": expected " + expected + ", found " + cursor.value());
                    }
                }
            }
        }
        long expected = (toRound - fromRound + 1) * SERIES;
        if (samples != expected) {
            throw new IllegalStateException("rounds " + fromRound + " to " + toRound + " of " + name + ": expected "
                    + expected + " samples, found " + samples);
        }
        return samples;
    }
}
