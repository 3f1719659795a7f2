package dev.cairndb.receiver;

import java.time.Duration;

/**
 * Of the gRPC port.
 *
 * @param stopGrace how long a stop waits for calls under way
 * @param connectionAgeMax when a connection is ended, to be made anew; zero: never
 * @param seriesMax what one Series call may send; 0: any number
 * @param samplesMax as {@code seriesMax}, with each chunk counted as 120 samples
 */
record GrpcOptions(
        ListenAddress address, Duration stopGrace, Duration connectionAgeMax, long seriesMax, long samplesMax) {}
