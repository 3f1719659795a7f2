package dev.cairndb.tsdb.internal.block;

import java.util.function.LongConsumer;

/**
 * Work that is told as a number of bytes which is known beforehand, while how far it is shows by steps of another kind,
 * or less exactly: never more bytes than that, and exactly so many in the end. Thread-safe.
 */
public final class ToldWork implements LongConsumer {
    /** For work that nobody follows. */
    public static final LongConsumer NOBODY = bytes -> {};

    private final LongConsumer bytesDone;
    private final long bytes;
    private final double stepsMax;
    private double steps;
    private long told;

    /**
     * @param bytesDone hears how many more bytes are done; less than zero where some have to be done again
     * @param bytes as many as are told in all
     * @param stepsMax about as many as the work takes
     */
    public ToldWork(LongConsumer bytesDone, long bytes, double stepsMax) {
        this.bytesDone = bytesDone;
        this.bytes = bytes;
        this.stepsMax = stepsMax;
    }

    /** So many more steps are done; less than zero if some have to be done again. */
    @Override
    public synchronized void accept(long more) {
        reach(steps + more);
    }

    /** So many steps are done by now. */
    public synchronized void reach(double done) {
        steps = done;
        tell(done >= stepsMax ? bytes : Math.max(0, (long) (bytes * (done / stepsMax))));
    }

    /** All is done, however many steps it took. */
    public synchronized void end() {
        tell(bytes);
    }

    private void tell(long done) {
        if (done != told) {
            bytesDone.accept(done - told);
            told = done;
        }
    }
}
