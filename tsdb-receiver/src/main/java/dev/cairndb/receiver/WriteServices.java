package dev.cairndb.receiver;

import dev.cairndb.remote.RemoteWriteLimits;
import java.util.function.BooleanSupplier;

/**
 * What all writes share. Thread-safe.
 *
 * @param ready whether writes are taken
 */
record WriteServices(
        ReceiverSettings settings,
        Tenants tenants,
        ByteBudget budget,
        BodyBuffers buffers,
        DecoderPool decoders,
        RemoteWriteLimits limits,
        HttpMetrics metrics,
        BooleanSupplier ready) {}
