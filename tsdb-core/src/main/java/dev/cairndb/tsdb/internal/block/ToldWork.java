package dev.cairndb.tsdb.internal.block;

import java.util.function.LongConsumer;

/**
 * Work that is told as a number of bytes which is known beforehand, while how far it is shows by steps of another kind,
 * or less exactly: never more bytes than that, and exactly so many in the end. Thread-safe: one thread at a time tells,
 * outside the lock, also what others did meanwhile, so whoever listens may take long and holds up that one alone.
 */
public final class ToldWork implements LongConsumer {
    /** For work that nobody follows. */
    public static final LongConsumer NOBODY = bytes -> {};

    private final LongConsumer bytesDone;
    private final long bytes;
    private final double stepsMax;
    private double steps;
    private long reached;
    private long told;
    private boolean isTelling;

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
    public void accept(long more) {
        synchronized (this) {
            moveTo(steps + more);
        }
        tell();
    }

    /** So many steps are done by now. */
    public void reach(double done) {
        synchronized (this) {
            moveTo(done);
        }
        tell();
    }

    /** All is done, however many steps it took. */
    public void end() {
        synchronized (this) {
            reached = bytes;
        }
        tell();
    }

    private void moveTo(double done) {
        steps = done;
        reached = done >= stepsMax ? bytes : Math.max(0, (long) (bytes * (done / stepsMax)));
    }

    private void tell() {
        for (long more = takeTelling(); more != 0; more = takeTelling()) {
            try {
                bytesDone.accept(more);
            } finally {
                giveTellingBack(more);
            }
        }
    }

    /** Zero if there is nothing to tell, or another thread is telling and will find what is new. */
    private synchronized long takeTelling() {
        if (isTelling) {
            return 0;
        }
        isTelling = reached != told;
        return reached - told;
    }

    private synchronized void giveTellingBack(long more) {
        told += more;
        isTelling = false;
    }
}
