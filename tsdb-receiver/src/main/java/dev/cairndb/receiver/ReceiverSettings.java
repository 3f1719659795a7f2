package dev.cairndb.receiver;

import dev.cairndb.index.Labels;
import dev.cairndb.remote.RemoteWriteVersion;
import dev.cairndb.tsdb.TsdbOptions;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the command line asks for.
 *
 * @param dataDirectory one folder in it per tenant
 * @param writeAddress of remote_write
 * @param writeTls of the same port; null for none
 * @param adminAddress of status, metrics and probes
 * @param grpc the gRPC port
 * @param stopGrace how long a stop waits for requests under way
 * @param externalLabels of all tenants, without the tenant's own
 * @param bucket where blocks are shipped to, or null
 * @param tenantHeader header that names the tenant
 * @param defaultTenant tenant of requests without that header
 * @param tenantLabel external label that holds the tenant
 * @param storeOptions settings of each tenant's store
 * @param selfMetricsInterval zero for none
 * @param acceptedMessages versions of remote_write that are received
 * @param bodyBytesMax largest body, and largest message it may decompress to
 * @param inFlightBytesMax memory of all requests under way
 * @param remoteRead limits of remote read
 * @param queriesMax queries and remote reads that are answered at a time
 * @param queryLimits what one query may read
 * @param limits of writes, at the start
 * @param limitsFile where they are, or null
 * @param limitsReloadInterval how often it is looked whether they changed
 */
record ReceiverSettings(
        Path dataDirectory,
        ListenAddress writeAddress,
        @Nullable TlsFiles writeTls,
        ListenAddress adminAddress,
        GrpcOptions grpc,
        Duration stopGrace,
        Labels externalLabels,
        @Nullable BucketSettings bucket,
        String tenantHeader,
        String defaultTenant,
        String tenantLabel,
        TsdbOptions storeOptions,
        Duration selfMetricsInterval,
        Set<RemoteWriteVersion> acceptedMessages,
        int bodyBytesMax,
        long inFlightBytesMax,
        RemoteReadSettings remoteRead,
        int queriesMax,
        QueryLimits queryLimits,
        LimitsConfig limits,
        @Nullable Path limitsFile,
        Duration limitsReloadInterval) {}
