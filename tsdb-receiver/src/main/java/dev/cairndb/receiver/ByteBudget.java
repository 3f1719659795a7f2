package dev.cairndb.receiver;

import dev.cairndb.receiver.grpc.ByteShare;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes that all requests under way may hold together. What is over it is refused, never waited for.
 *
 * <p>Of several requests of one tenant, further bytes are granted only while the tenant holds at most twice what is
 * free: so a tenant alone gets two thirds of all, several share it, and there is always some left for one that comes
 * new (dynamic thresholds: Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet switches",
 * 1998). A tenant's only request may have all that is free. Thread-safe.
 */
final class ByteBudget {
    private static final int SHARE_OF_FREE_MAX = 2;

    private final long bytesMax;
    private final AtomicLong bytesTaken = new AtomicLong();
    private final ConcurrentHashMap<String, Share> shares = new ConcurrentHashMap<>();

    ByteBudget(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** What the requests of one tenant hold. */
    final class Share implements ByteShare {
        private final String tenant;
        private final AtomicLong bytes = new AtomicLong();
        private final AtomicInteger requests = new AtomicInteger();

        private Share(String tenant) {
            this.tenant = tenant;
        }

        @Override
        public boolean tryTake(long count) {
            long held = bytes.addAndGet(count);
            long free = bytesMax - bytesTaken.get() - count;
            if ((requests.get() > 1 && held > SHARE_OF_FREE_MAX * free) || !ByteBudget.this.tryTake(count)) {
                bytes.addAndGet(-count);
                return false;
            }
            return true;
        }

        /** Whether so many bytes would be granted now. */
        boolean hasRoomFor(long count) {
            long free = bytesMax - bytesTaken.get() - count;
            return free >= 0 && (requests.get() <= 1 || bytes.get() + count <= SHARE_OF_FREE_MAX * free);
        }

        @Override
        public void give(long count) {
            bytes.addAndGet(-count);
            ByteBudget.this.give(count);
        }

        /** The request holds nothing any more. */
        @Override
        public void leave() {
            shares.computeIfPresent(tenant, (name, share) -> share.requests.decrementAndGet() == 0 ? null : share);
        }
    }

    /** Counts a request of a tenant; {@link Share#leave} follows. */
    Share join(String tenant) {
        return shares.compute(tenant, (name, present) -> {
            Share share = present == null ? new Share(name) : present;
            share.requests.incrementAndGet();
            return share;
        });
    }

    /** Whether so many bytes are free, whoever may have them. */
    boolean hasFree(long bytes) {
        return bytesTaken.get() + bytes <= bytesMax;
    }

    boolean tryTake(long bytes) {
        if (bytesTaken.addAndGet(bytes) <= bytesMax) {
            return true;
        }
        give(bytes);
        return false;
    }

    void give(long bytes) {
        if (bytesTaken.addAndGet(-bytes) < 0) {
            throw new IllegalStateException("BUG: more bytes given back than taken");
        }
    }

    long bytesTaken() {
        return bytesTaken.get();
    }

    long bytesMax() {
        return bytesMax;
    }

    /** Tenants with requests under way. */
    int tenants() {
        return shares.size();
    }
}
