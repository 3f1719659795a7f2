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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

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

    private final Map<String, List<String>> values = new HashMap<>();
    private final List<String> warnings = new ArrayList<>();

    /** @param arguments without the command's name */
    ReceiverFlags(String... arguments) throws UsageException {
        ParseResult parsed;
        try {
            parsed = new CommandLine(spec()).setExpandAtFiles(false).parseArgs(arguments);
        } catch (ParameterException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
        for (OptionSpec option : parsed.matchedOptionsSet()) {
            take(option);
        }
    }

    private static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("cairn receive");
        Flag.ALL.values().stream().sorted(Comparator.comparing(Flag::name)).forEach(flag -> addTo(spec, flag));
        return spec;
    }

    /** The command with the flags that have an effect: what a shell offers. */
    static CommandSpec shownSpec() {
        CommandSpec spec = CommandSpec.create().name("receive");
        spec.usageMessage().header("Receives remote_write, keeps a store per tenant, ships blocks to a bucket.");
        Flag.ALL.values().stream()
                .filter(Flag::hasEffect)
                .sorted(Comparator.comparing(Flag::name))
                .forEach(flag -> addTo(spec, flag));
        return spec;
    }

    private static void addTo(CommandSpec spec, Flag flag) {
        switch (flag.kind()) {
            case VALUE ->
                spec.addOption(OptionSpec.builder("--" + flag.name())
                        .type(String.class)
                        .arity("1")
                        .build());
            case REPEATED ->
                spec.addOption(OptionSpec.builder("--" + flag.name())
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .arity("1")
                        .build());
            case SWITCH -> {
                spec.addOption(OptionSpec.builder("--" + flag.name())
                        .type(boolean.class)
                        .arity("0")
                        .build());
                spec.addOption(OptionSpec.builder("--no-" + flag.name())
                        .type(boolean.class)
                        .arity("0")
                        .build());
            }
        }
    }

    private void take(OptionSpec option) throws UsageException {
        String name = option.longestName().substring(2);
        Flag flag = Flag.ALL.get(name);
        List<String> given = option.originalStringValues();
        if (flag == null) {
            flag = Flag.ALL.get(name.substring("no-".length()));
            given = List.of("false");
        } else if (flag.kind() == Flag.Kind.SWITCH) {
            given = List.of("true");
        }
        if (flag == null) {
            throw new IllegalStateException("BUG: no flag for option " + option);
        }
        if (given.stream().allMatch(flag::isDefault)) {
            return;
        }
        switch (flag.treatment()) {
            case EFFECTIVE, OWN -> values.put(flag.name(), given);
            case IGNORED -> warnings.add("flag --" + flag.name() + " has no effect: " + flag.remark());
            case REFUSED -> throw new UsageException("flag --" + flag.name() + " is refused: " + flag.remark());
        }
    }

    /** One line for each flag that was given and has no effect. */
    List<String> warnings() {
        return warnings;
    }

    String logLevel() throws UsageException {
        String level = text(Flag.LOG_LEVEL);
        if (!LOG_LEVELS.contains(level)) {
            throw new UsageException("flag --log.level: expected=error, warn, info or debug, found=" + level);
        }
        return level;
    }

    ReceiverSettings settings() throws UsageException {
        BucketSettings bucket = paced(BucketConfig.parse(bucketYaml()));
        if (bucket != null) {
            warnings.addAll(bucket.warnings());
        }
        Labels labels = labels(values.getOrDefault(Flag.LABEL, List.of()));
        if (bucket != null && labels.isEmpty()) {
            throw new UsageException(NO_LABELS);
        }
        String tenantLabel = text(Flag.TENANT_LABEL);
        if (tenantLabel.isEmpty() || !labels.get(tenantLabel).isEmpty()) {
            throw new UsageException("flag --" + Flag.TENANT_LABEL
                    + " must name a label that is not among the external labels: " + tenantLabel);
        }
        String defaultTenant = text(Flag.DEFAULT_TENANT);
        String problem = TenantName.problem(defaultTenant);
        if (problem != null) {
            throw new UsageException("flag --" + Flag.DEFAULT_TENANT + ": " + problem);
        }
        return new ReceiverSettings(
                parsed(Flag.TSDB_PATH, text -> Path.of(text).toAbsolutePath().normalize()),
                parsed(Flag.WRITE_ADDRESS, ListenAddress::parse),
                writeTls(),
                parsed(Flag.HTTP_ADDRESS, ListenAddress::parse),
                grpc(),
                parsed(Flag.HTTP_GRACE_PERIOD, GoSyntax::duration),
                labels,
                bucket,
                text(Flag.TENANT_HEADER),
                defaultTenant,
                tenantLabel,
                storeOptions(bucket != null),
                parsed(Flag.SELF_METRICS_INTERVAL, GoSyntax::duration),
                acceptedMessages(),
                bodyBytesMax(),
                inFlightBytesMax(),
                remoteRead(),
                (int) number(Flag.QUERIES_MAX, 1, QUERIES_MOST),
                queryLimits(),
                limits(),
                text(Flag.LIMITS_CONFIG_FILE).isEmpty() ? null : parsed(Flag.LIMITS_CONFIG_FILE, Path::of),
                parsed(Flag.LIMITS_RELOAD_INTERVAL, GoSyntax::duration));
    }

    private @Nullable BucketSettings paced(@Nullable BucketSettings bucket) throws UsageException {
        long bytesPerSecondMax = parsed(Flag.BUCKET_RATE_MAX, GoSyntax::sizeBytes);
        return bucket == null || bytesPerSecondMax == 0 ? bucket : new PacedBucket(bucket, bytesPerSecondMax);
    }

    private @Nullable TlsFiles writeTls() throws UsageException {
        TlsFiles tls = tls("remote-write.server-tls-");
        boolean writesToItself =
                !parsed(Flag.SELF_METRICS_INTERVAL, GoSyntax::duration).isZero();
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
                    text(prefix + "cert"),
                    text(prefix + "key"),
                    text(prefix + "client-ca"),
                    text(prefix + "min-version"));
        } catch (IllegalArgumentException e) {
            throw new UsageException("flags --" + prefix + "*: " + e.getMessage());
        }
    }

    private GrpcOptions grpc() throws UsageException {
        return new GrpcOptions(
                parsed(Flag.GRPC_ADDRESS, ListenAddress::parse),
                parsed(Flag.GRPC_GRACE_PERIOD, GoSyntax::duration),
                parsed(Flag.GRPC_CONNECTION_AGE_MAX, GoSyntax::duration),
                tls("grpc-server-tls-"),
                number(Flag.STORE_SERIES_MAX, 0, Long.MAX_VALUE),
                number(Flag.STORE_SAMPLES_MAX, 0, Long.MAX_VALUE));
    }

    private QueryLimits queryLimits() throws UsageException {
        return new QueryLimits(
                number(Flag.QUERY_SERIES_MAX, 0, Long.MAX_VALUE),
                number(Flag.QUERY_SAMPLES_MAX, 0, Long.MAX_VALUE),
                parsed(Flag.QUERY_BYTES_MAX, GoSyntax::sizeBytes),
                parsed(Flag.QUERY_TIME_MAX, GoSyntax::duration));
    }

    private LimitsConfig limits() throws UsageException {
        String yaml = text(Flag.LIMITS_CONFIG);
        String file = text(Flag.LIMITS_CONFIG_FILE);
        if (!yaml.isEmpty() && !file.isEmpty()) {
            throw new UsageException(
                    "flags --" + Flag.LIMITS_CONFIG + " and --" + Flag.LIMITS_CONFIG_FILE + " exclude each other");
        }
        if (file.isEmpty()) {
            return LimitsConfig.parse(yaml);
        }
        return LimitsSource.read(parsed(Flag.LIMITS_CONFIG_FILE, Path::of));
    }

    private RemoteReadSettings remoteRead() throws UsageException {
        return new RemoteReadSettings(number(Flag.READ_SAMPLES_MAX, 0, Long.MAX_VALUE), (int)
                number(Flag.READ_FRAME_BYTES_MAX, 1, READ_FRAME_BYTES_MOST));
    }

    private long number(String name, long least, long most) throws UsageException {
        long value = parsed(name, text -> {
            try {
                return Long.parseLong(text);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("expected=a number, found=" + text, e);
            }
        });
        if (value < least || value > most) {
            throw new UsageException("flag --" + name + ": expected=" + least + " to " + most + ", found=" + value);
        }
        return value;
    }

    private TsdbOptions storeOptions(boolean ships) throws UsageException {
        Duration future = parsed(Flag.FUTURE_WINDOW, GoSyntax::duration);
        FloatEncoding encoding = parsed(Flag.FLOAT_ENCODING, text -> constant(FloatEncoding.values(), text));
        boolean shipUnreadable = Boolean.parseBoolean(text(Flag.SHIP_UNREADABLE));
        if (ships && encoding == FloatEncoding.XOR2 && !shipUnreadable) {
            throw new UsageException("flag --" + Flag.FLOAT_ENCODING + ": Thanos 0.42 cannot read blocks in xor2, and"
                    + " one of them stops its compactor for the whole bucket; use xor, or --" + Flag.SHIP_UNREADABLE
                    + " if all readers of the bucket can read them");
        }
        return TsdbOptions.defaults()
                .withFloatEncoding(encoding)
                .withShipUnreadableByThanos(shipUnreadable)
                .withLateReplicaLabel(text(Flag.LATE_REPLICA_LABEL))
                .withDurability(parsed(Flag.DURABILITY, text -> constant(Durability.values(), text)))
                .withBlockRangeMax(parsed(Flag.BLOCK_MAX, GoSyntax::duration))
                .withRetention(parsed(Flag.RETENTION, GoSyntax::duration))
                .withRetentionBytes(parsed(Flag.RETENTION_BYTES, GoSyntax::sizeBytes))
                // Fewer than none means none, in Thanos too.
                .withExemplarsMax((int) Math.max(0, number(Flag.EXEMPLARS_MAX, Integer.MIN_VALUE, Integer.MAX_VALUE)))
                .withOutOfOrderWindow(parsed(Flag.LATE_WINDOW, GoSyntax::duration))
                .withFutureGuard(future.isZero() ? NO_FUTURE_LIMIT : future);
    }

    /** The constant whose name in small letters is the text. */
    private static <E extends Enum<E>> E constant(E[] constants, String text) {
        List<String> names = new ArrayList<>();
        for (E constant : constants) {
            names.add(constant.name().toLowerCase(Locale.ROOT));
            if (names.get(names.size() - 1).equals(text)) {
                return constant;
            }
        }
        String last = names.remove(names.size() - 1);
        throw new IllegalArgumentException("expected=" + String.join(", ", names) + " or " + last + ", found=" + text);
    }

    private Set<RemoteWriteVersion> acceptedMessages() throws UsageException {
        Set<RemoteWriteVersion> accepted = EnumSet.noneOf(RemoteWriteVersion.class);
        for (String message : values.getOrDefault(Flag.ACCEPTED_MESSAGES, List.of())) {
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
        long bytes = parsed(Flag.BODY_BYTES_MAX, GoSyntax::sizeBytes);
        if (bytes < 1 || bytes > 1 << 30) {
            throw new UsageException("flag --" + Flag.BODY_BYTES_MAX + ": expected=up to 1GB, found=" + bytes);
        }
        return (int) bytes;
    }

    /** At least what one request of the largest size needs, or it could never be taken. */
    private long inFlightBytesMax() throws UsageException {
        long needed = 3L * bodyBytesMax();
        long given = parsed(Flag.IN_FLIGHT_BYTES_MAX, GoSyntax::sizeBytes);
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
        String yaml = text(Flag.BUCKET_CONFIG);
        String file = text(Flag.BUCKET_CONFIG_FILE);
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

    private <T> T parsed(String name, Function<String, T> parser) throws UsageException {
        try {
            return parser.apply(text(name));
        } catch (IllegalArgumentException e) {
            throw new UsageException("flag --" + name + ": " + e.getMessage());
        }
    }

    private String text(String name) {
        List<String> given = values.get(name);
        return given == null ? defaultOf(Flag.ALL.get(name)) : given.get(given.size() - 1);
    }

    private static String defaultOf(@Nullable Flag flag) {
        if (flag == null) {
            throw new IllegalStateException("BUG: a flag that is not in the table");
        }
        return flag.defaultValue();
    }

    /** A page about the flags that have an effect. */
    static String help() {
        StringBuilder page = new StringBuilder("""
                usage: cairn receive [FLAGS]

                Receives remote_write, keeps a store per tenant, ships blocks to a bucket. The flags are those of
                thanos receive; one that has no effect yet says so, one that cannot be ignored safely is refused.

                """);
        appendFlags(page, Flag.Treatment.EFFECTIVE);
        page.append("\nnot in Thanos:\n");
        appendFlags(page, Flag.Treatment.OWN);
        return page.append("""

                exit codes:
                  0   stopped by a signal, with all that was to be shipped in the bucket or told of in the log
                  1   it could not start: the data directory or an address is in use, a file cannot be read
                  2   the command line is wrong

                examples:
                  # one receiver, one tenant, no bucket
                  cairn receive --tsdb.path=data

                  # blocks are shipped to a bucket; the labels tell its writers apart
                  cairn receive --tsdb.path=data --label='replica="a"' --objstore.config-file=bucket.yml
                """).toString().stripTrailing();
    }

    private static void appendFlags(StringBuilder page, Flag.Treatment treatment) {
        Flag.ALL.values().stream()
                .filter(flag -> flag.treatment() == treatment)
                .sorted(Comparator.comparing(Flag::name))
                .forEach(flag -> page.append("  --")
                        .append(flag.name())
                        .append(
                                flag.kind() == Flag.Kind.REPEATED
                                        ? "=... (repeatable)\n"
                                        : "=" + flag.defaultValue() + "\n")
                        .append("        ")
                        .append(flag.remark())
                        .append('\n'));
    }
}
