package dev.cairndb.receiver.grpc;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Of the gRPC port.
 *
 * @param host empty for all interfaces
 * @param port 0 for any free one
 * @param stopGrace how long a stop waits for calls under way
 * @param connectionAgeMax when a connection is ended and made anew; zero: never
 * @param tls null for none
 * @param messageBytesMax of a request, packed or not
 */
public record GrpcSettings(
        String host,
        int port,
        Duration stopGrace,
        Duration connectionAgeMax,
        @Nullable GrpcTls tls,
        int messageBytesMax) {}
