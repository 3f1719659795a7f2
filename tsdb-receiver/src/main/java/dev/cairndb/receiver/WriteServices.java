package dev.cairndb.receiver;

import dev.cairndb.remote.RemoteWriteLimits;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * What all writes share. Thread-safe.
 *
 * @param limits of any body
 * @param underWay requests that were taken and not answered yet
 * @param ready whether writes are taken
 */
record WriteServices(
        ReceiverSettings settings,
        Tenants tenants,
        ByteBudget budget,
        BodyBuffers buffers,
        DecoderPool decoders,
        RemoteWriteLimits limits,
        LimitsSource tenantLimits,
        FairAdmission admission,
        LimitMetrics limitMetrics,
        HttpMetrics metrics,
        AtomicInteger underWay,
        BooleanSupplier ready) {
    /** Counts a write that was refused. Names that nobody has checked would grow the metrics without end. */
    void refused(String tenantName, String reason) {
        limitMetrics.refused(tenants.known(tenantName) == null ? "" : tenantName, reason);
    }
}
