package dev.cairndb.receiver;

import dev.cairndb.index.Labels;
import dev.cairndb.remote.RemoteWriteVersion;
import dev.cairndb.tsdb.Durability;
import dev.cairndb.tsdb.FloatEncoding;
import dev.cairndb.tsdb.TsdbOptions;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the command line of {@code cairn receive}, as {@link Flag} describes it.
 *
 * <p>Not thread-safe; one for each command line.
 */
final class ReceiverFlags {
    private static final String NO_LABELS = "no external labels configured for receive, uniquely identifying external"
            + " labels must be configured (ideally with `receive_` prefix)";
    private static final Set<String> LOG_LEVELS = Set.of("error", "warn", "info", "debug");
    private static final Duration NO_FUTURE_LIMIT = Duration.ofDays(100 * 365);
    private static final long IN_FLIGHT_BYTES_LEAST = 96L << 20;
    private static final int QUERIES_MOST = 1_000;
    private static final int READ_FRAME_BYTES_MOST = 1 << 28;

    private final FlagValues flags;

    /** @param arguments without the command's name */
    ReceiverFlags(String... arguments) throws UsageException {
        flags = new FlagValues(arguments);
    }

    /** One line for each flag that was given and has no effect. */
    List<String> warnings() {
        return flags.warnings();
    }

    String logLevel() throws UsageException {
        String level = flags.text(Flag.LOG_LEVEL);
        if (!LOG_LEVELS.contains(level)) {
            throw new UsageException("flag --log.level: expected=error, warn, info or debug, found=" + level);
        }
        return level;
    }

    ReceiverSettings settings() throws UsageException {
        BucketSettings bucket = paced(BucketConfig.parse(bucketYaml()));
        if (bucket != null) {
            flags.warn(bucket.warnings());
        }
        Labels labels = labels(flags.all(Flag.LABEL));
        if (bucket != null && labels.isEmpty()) {
            throw new UsageException(NO_LABELS);
        }
        String tenantLabel = flags.text(Flag.TENANT_LABEL);
        if (tenantLabel.isEmpty() || !labels.get(tenantLabel).isEmpty()) {
            throw new UsageException("flag --" + Flag.TENANT_LABEL
                    + " must name a label that is not among the external labels: " + tenantLabel);
        }
        String defaultTenant = flags.text(Flag.DEFAULT_TENANT);
        String problem = TenantName.problem(defaultTenant);
        if (problem != null) {
            throw new UsageException("flag --" + Flag.DEFAULT_TENANT + ": " + problem);
        }
        return new ReceiverSettings(
                flags.parsed(
                        Flag.TSDB_PATH, text -> Path.of(text).toAbsolutePath().normalize()),
                flags.parsed(Flag.WRITE_ADDRESS, ListenAddress::parse),
                writeTls(),
                flags.parsed(Flag.HTTP_ADDRESS, ListenAddress::parse),
                grpc(),
                flags.parsed(Flag.HTTP_GRACE_PERIOD, GoSyntax::duration),
                labels,
                bucket,
                flags.text(Flag.TENANT_HEADER),
                defaultTenant,
                tenantLabel,
                storeOptions(bucket != null),
                flags.parsed(Flag.SELF_METRICS_INTERVAL, GoSyntax::duration),
                acceptedMessages(),
                bodyBytesMax(),
                inFlightBytesMax(),
                remoteRead(),
                (int) flags.number(Flag.QUERIES_MAX, 1, QUERIES_MOST),
                queryLimits(),
                limits(),
                flags.text(Flag.LIMITS_CONFIG_FILE).isEmpty() ? null : flags.parsed(Flag.LIMITS_CONFIG_FILE, Path::of),
                flags.parsed(Flag.LIMITS_RELOAD_INTERVAL, GoSyntax::duration));
    }

    private @Nullable BucketSettings paced(@Nullable BucketSettings bucket) throws UsageException {
        long bytesPerSecondMax = flags.parsed(Flag.BUCKET_RATE_MAX, GoSyntax::sizeBytes);
        return bucket == null || bytesPerSecondMax == 0 ? bucket : new PacedBucket(bucket, bytesPerSecondMax);
    }

    private @Nullable TlsFiles writeTls() throws UsageException {
        TlsFiles tls = tls("remote-write.server-tls-");
        boolean writesToItself =
                !flags.parsed(Flag.SELF_METRICS_INTERVAL, GoSyntax::duration).isZero();
        if (tls != null && writesToItself) {
            throw new UsageException("flag --" + Flag.SELF_METRICS_INTERVAL
                    + ": own metrics are not written to a port with TLS; have them scraped");
        }
        return tls;
    }

    /** @param prefix of the flags of a port */
    private @Nullable TlsFiles tls(String prefix) throws UsageException {
        try {
            return TlsFiles.of(
                    flags.text(prefix + "cert"),
                    flags.text(prefix + "key"),
                    flags.text(prefix + "client-ca"),
                    flags.text(prefix + "min-version"));
        } catch (IllegalArgumentException e) {
            throw new UsageException("flags --" + prefix + "*: " + e.getMessage());
        }
    }

    private GrpcOptions grpc() throws UsageException {
        return new GrpcOptions(
                flags.parsed(Flag.GRPC_ADDRESS, ListenAddress::parse),
                flags.parsed(Flag.GRPC_GRACE_PERIOD, GoSyntax::duration),
                flags.parsed(Flag.GRPC_CONNECTION_AGE_MAX, GoSyntax::duration),
                tls("grpc-server-tls-"),
                flags.number(Flag.STORE_SERIES_MAX, 0, Long.MAX_VALUE),
                flags.number(Flag.STORE_SAMPLES_MAX, 0, Long.MAX_VALUE));
    }

    private QueryLimits queryLimits() throws UsageException {
        return new QueryLimits(
                flags.number(Flag.QUERY_SERIES_MAX, 0, Long.MAX_VALUE),
                flags.number(Flag.QUERY_SAMPLES_MAX, 0, Long.MAX_VALUE),
                flags.parsed(Flag.QUERY_BYTES_MAX, GoSyntax::sizeBytes),
                flags.parsed(Flag.QUERY_TIME_MAX, GoSyntax::duration));
    }

    private LimitsConfig limits() throws UsageException {
        String yaml = flags.text(Flag.LIMITS_CONFIG);
        String file = flags.text(Flag.LIMITS_CONFIG_FILE);
        if (!yaml.isEmpty() && !file.isEmpty()) {
            throw new UsageException(
                    "flags --" + Flag.LIMITS_CONFIG + " and --" + Flag.LIMITS_CONFIG_FILE + " exclude each other");
        }
        if (file.isEmpty()) {
            return LimitsConfig.parse(yaml);
        }
        return LimitsSource.read(flags.parsed(Flag.LIMITS_CONFIG_FILE, Path::of));
    }

    private RemoteReadSettings remoteRead() throws UsageException {
        return new RemoteReadSettings(flags.number(Flag.READ_SAMPLES_MAX, 0, Long.MAX_VALUE), (int)
                flags.number(Flag.READ_FRAME_BYTES_MAX, 1, READ_FRAME_BYTES_MOST));
    }

    private TsdbOptions storeOptions(boolean ships) throws UsageException {
        Duration future = flags.parsed(Flag.FUTURE_WINDOW, GoSyntax::duration);
        FloatEncoding encoding =
                flags.parsed(Flag.FLOAT_ENCODING, text -> FlagValues.constant(FloatEncoding.values(), text));
        boolean shipUnreadable = flags.isSet(Flag.SHIP_UNREADABLE);
        if (ships && encoding == FloatEncoding.XOR2 && !shipUnreadable) {
            throw new UsageException("flag --" + Flag.FLOAT_ENCODING + ": Thanos 0.42 cannot read blocks in xor2, and"
                    + " one of them stops its compactor for the whole bucket; use xor, or --" + Flag.SHIP_UNREADABLE
                    + " if all readers of the bucket can read them");
        }
        return TsdbOptions.defaults()
                .withFloatEncoding(encoding)
                .withShipUnreadableByThanos(shipUnreadable)
                .withLateReplicaLabel(flags.text(Flag.LATE_REPLICA_LABEL))
                .withDurability(flags.parsed(Flag.DURABILITY, text -> FlagValues.constant(Durability.values(), text)))
                .withBlockRangeMax(flags.parsed(Flag.BLOCK_MAX, GoSyntax::duration))
                .withRetention(flags.parsed(Flag.RETENTION, GoSyntax::duration))
                .withRetentionBytes(flags.parsed(Flag.RETENTION_BYTES, GoSyntax::sizeBytes))
                // Fewer than none means none, in Thanos too.
                .withExemplarsMax(
                        (int) Math.max(0, flags.number(Flag.EXEMPLARS_MAX, Integer.MIN_VALUE, Integer.MAX_VALUE)))
                .withOutOfOrderWindow(flags.parsed(Flag.LATE_WINDOW, GoSyntax::duration))
                .withFutureGuard(future.isZero() ? NO_FUTURE_LIMIT : future);
    }

    private Set<RemoteWriteVersion> acceptedMessages() throws UsageException {
        Set<RemoteWriteVersion> accepted = EnumSet.noneOf(RemoteWriteVersion.class);
        for (String message : flags.all(Flag.ACCEPTED_MESSAGES)) {
            accepted.add(Arrays.stream(RemoteWriteVersion.values())
                    .filter(version -> version.messageName().equals(message))
                    .findFirst()
                    .orElseThrow(() -> new UsageException("flag --" + Flag.ACCEPTED_MESSAGES
                            + ": expected=prometheus.WriteRequest or io.prometheus.write.v2.Request, found="
                            + message)));
        }
        return accepted.isEmpty() ? EnumSet.allOf(RemoteWriteVersion.class) : accepted;
    }

    private int bodyBytesMax() throws UsageException {
        long bytes = flags.parsed(Flag.BODY_BYTES_MAX, GoSyntax::sizeBytes);
        if (bytes < 1 || bytes > 1 << 30) {
            throw new UsageException("flag --" + Flag.BODY_BYTES_MAX + ": expected=up to 1GB, found=" + bytes);
        }
        return (int) bytes;
    }

    /** At least what one request of the largest size needs, or it could never be taken. */
    private long inFlightBytesMax() throws UsageException {
        long needed = 3L * bodyBytesMax();
        long given = flags.parsed(Flag.IN_FLIGHT_BYTES_MAX, GoSyntax::sizeBytes);
        if (given == 0) {
            long automatic =
                    Math.max(IN_FLIGHT_BYTES_LEAST, Runtime.getRuntime().maxMemory() / 4);
            return Math.max(needed, automatic);
        }
        if (given < needed) {
            throw new UsageException("flag --" + Flag.IN_FLIGHT_BYTES_MAX + ": one request can take " + needed
                    + " bytes (three times --" + Flag.BODY_BYTES_MAX + "), found=" + given);
        }
        return given;
    }

    /** @param given values of {@code --label} */
    static Labels labels(List<String> given) throws UsageException {
        Labels.Builder labels = Labels.builder();
        for (String label : given) {
            int equals = label.indexOf('=');
            if (equals < 1) {
                throw new UsageException("flag --label: expected=name=\"value\", found=" + label);
            }
            try {
                labels.add(label.substring(0, equals), GoSyntax.unquote(label.substring(equals + 1)));
            } catch (IllegalArgumentException e) {
                throw new UsageException("flag --label: " + e.getMessage());
            }
        }
        try {
            return labels.build();
        } catch (IllegalArgumentException e) {
            throw new UsageException("flag --label: " + e.getMessage());
        }
    }

    private String bucketYaml() throws UsageException {
        String yaml = flags.text(Flag.BUCKET_CONFIG);
        String file = flags.text(Flag.BUCKET_CONFIG_FILE);
        if (!yaml.isEmpty() && !file.isEmpty()) {
            throw new UsageException(
                    "flags --" + Flag.BUCKET_CONFIG + " and --" + Flag.BUCKET_CONFIG_FILE + " exclude each other");
        }
        if (file.isEmpty()) {
            return yaml;
        }
        try {
            return Files.readString(Path.of(file));
        } catch (IOException | InvalidPathException e) {
            throw new UsageException("flag --" + Flag.BUCKET_CONFIG_FILE + ": cannot read " + file + ": " + e);
        }
    }
}
