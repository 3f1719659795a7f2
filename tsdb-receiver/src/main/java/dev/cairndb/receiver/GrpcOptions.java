package dev.cairndb.receiver;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Of the gRPC port.
 *
 * @param stopGrace how long a stop waits for calls under way
 * @param connectionAgeMax when a connection is ended, to be made anew; zero: never
 * @param tls null for none
 * @param seriesMax what one Series call may send; 0: any number
 * @param samplesMax as {@code seriesMax}, with each chunk counted as 120 samples
 */
record GrpcOptions(
        ListenAddress address,
        Duration stopGrace,
        Duration connectionAgeMax,
        @Nullable TlsFiles tls,
        long seriesMax,
        long samplesMax) {}
