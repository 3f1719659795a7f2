package dev.cairndb.receiver;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A flag of the command line: those of {@code thanos receive}, by name and default, and a few of our own. A flag of
 * Thanos that has no effect here is listed too, with what becomes of it, so that no command line is ever half
 * understood.
 *
 * @param name without the dashes
 * @param kind how it is written
 * @param defaultValue as text; giving a flag its default never needs a remark
 * @param treatment what a value other than the default leads to
 * @param remark what it does, or why it is ignored or refused
 */
record Flag(String name, Kind kind, String defaultValue, Treatment treatment, String remark) {
    enum Kind {
        VALUE,
        /** May be given more than once. */
        REPEATED,
        /** {@code --name} or {@code --no-name}. */
        SWITCH
    }

    enum Treatment {
        /** Works as in Thanos; a difference is in the remark. */
        EFFECTIVE,
        /** Not a flag of Thanos. */
        OWN,
        /** Accepted with one line of warning: nothing is protected less, and no data is treated differently. */
        IGNORED,
        /** An error: whoever sets it relies on something this version does not do. */
        REFUSED
    }

    static final String TSDB_PATH = "tsdb.path";
    static final String WRITE_ADDRESS = "remote-write.address";
    static final String HTTP_ADDRESS = "http-address";
    static final String HTTP_GRACE_PERIOD = "http-grace-period";
    static final String GRPC_ADDRESS = "grpc-address";
    static final String GRPC_GRACE_PERIOD = "grpc-grace-period";
    static final String GRPC_CONNECTION_AGE_MAX = "grpc-server-max-connection-age";
    static final String STORE_SERIES_MAX = "store.limits.request-series";
    static final String STORE_SAMPLES_MAX = "store.limits.request-samples";
    static final String LABEL = "label";
    static final String BUCKET_CONFIG = "objstore.config";
    static final String BUCKET_CONFIG_FILE = "objstore.config-file";
    static final String BLOCK_MAX = "tsdb.max-block-duration";
    static final String RETENTION = "tsdb.retention";
    static final String RETENTION_BYTES = "tsdb.max-retention-bytes";
    static final String EXEMPLARS_MAX = "tsdb.max-exemplars";
    static final String FUTURE_WINDOW = "tsdb.too-far-in-future.time-window";
    static final String LIMITS_CONFIG = "receive.limits-config";
    static final String LIMITS_CONFIG_FILE = "receive.limits-config-file";
    static final String LIMITS_RELOAD_INTERVAL = "receive.limits-config-reload-timer";
    static final String LATE_WINDOW = "tsdb.out-of-order.time-window";
    static final String TENANT_HEADER = "receive.tenant-header";
    static final String DEFAULT_TENANT = "receive.default-tenant-id";
    static final String TENANT_LABEL = "receive.tenant-label-name";
    static final String LOG_LEVEL = "log.level";
    static final String DURABILITY = "durability";
    static final String FLOAT_ENCODING = "storage.float-encoding";
    static final String LATE_REPLICA_LABEL = "shipper.late-replica-label";
    static final String SHIP_UNREADABLE = "shipper.upload-unreadable-blocks";
    static final String BUCKET_RATE_MAX = "shipper.rate-max";
    static final String SELF_METRICS_INTERVAL = "self-metrics.interval";
    static final String BODY_BYTES_MAX = "limits.request-body-size";
    static final String IN_FLIGHT_BYTES_MAX = "limits.in-flight-size";
    static final String QUERY_SERIES_MAX = "limits.query-series";
    static final String QUERY_SAMPLES_MAX = "limits.query-samples";
    static final String QUERY_BYTES_MAX = "limits.query-size";
    static final String QUERY_TIME_MAX = "limits.query-time";
    static final String QUERIES_MAX = "limits.query-concurrency";
    static final String READ_SAMPLES_MAX = "storage.remote.read-sample-limit";
    static final String READ_FRAME_BYTES_MAX = "storage.remote.read-max-bytes-in-frame";

    /** Named as in Prometheus. */
    static final String ACCEPTED_MESSAGES = "web.remote-write-receiver.accepted-protobuf-messages";

    private static final String NO_CIPHERS = "those of the JDK are used; its security properties change them";
    private static final String NO_ROUTING = "requests are not forwarded to other receivers in this version";
    private static final String NO_HASHRING = "hashrings are not in this version: every write is stored here";
    private static final String NO_TRACING = "there is no tracing";
    private static final String NO_REQUEST_LOG = "requests are not logged";
    private static final String NO_CACHE = "there is no such cache";
    private static final String NO_OTLP = "OTLP is not received";
    private static final String TWO_HOURS = "blocks are always cut at two hours";

    /** All flags by name. */
    static final Map<String, Flag> ALL = Stream.of(effective(), own(), ignored(), refused())
            .flatMap(Function.identity())
            .collect(Collectors.toUnmodifiableMap(Flag::name, Function.identity()));

    private static Stream<Flag> effective() {
        return Stream.of(
                effective(TSDB_PATH, "./data", "folder with one store per tenant"),
                effective(WRITE_ADDRESS, "0.0.0.0:19291", "where remote_write is received"),
                effective(HTTP_ADDRESS, "0.0.0.0:10902", "where status, metrics and probes are"),
                effective(GRPC_ADDRESS, "0.0.0.0:10901", "where Thanos' queriers and routers call"),
                effective(GRPC_GRACE_PERIOD, "2m", "how long a stop waits for calls under way"),
                effective(
                        GRPC_CONNECTION_AGE_MAX, "60m", "when a gRPC connection is ended, to be made anew; 0s: never"),
                effective(STORE_SERIES_MAX, "0", "series that one Series call may send; 0: any number"),
                effective(STORE_SAMPLES_MAX, "0", "samples that it may send, 120 for each chunk; 0: any number"),
                effective(
                        "grpc-server-tls-cert", "", "certificate of the gRPC port, in PEM; read again when it changes"),
                effective("grpc-server-tls-key", "", "its key, in PEM without a password"),
                effective("grpc-server-tls-client-ca", "", "authorities of clients, which need a certificate then"),
                effective("grpc-server-tls-min-version", "1.3", "1.0 to 1.3; the JDK may refuse the older ones"),
                effective(
                        "remote-write.server-tls-cert", "", "certificate of the write port, as that of the gRPC port"),
                effective("remote-write.server-tls-key", "", "its key"),
                effective("remote-write.server-tls-client-ca", "", "authorities of its clients"),
                effective("remote-write.server-tls-min-version", "1.3", "as that of the gRPC port"),
                effective(HTTP_GRACE_PERIOD, "2m", "how long a stop waits for requests under way"),
                new Flag(LABEL, Kind.REPEATED, "", Treatment.EFFECTIVE, "name=\"value\": external label of all blocks"),
                effective(BUCKET_CONFIG, "", "YAML: where blocks are shipped to; types S3 and FILESYSTEM"),
                effective(BUCKET_CONFIG_FILE, "", "the same in a file"),
                effective(
                        BLOCK_MAX,
                        "0s",
                        "how long blocks become by merging; 0s: a tenth of the retention, at most 31d,"
                                + " with a bucket 2h"),
                effective(RETENTION, "15d", "how long blocks are kept here; 0d: for ever"),
                effective(RETENTION_BYTES, "0", "bytes of blocks from which on the oldest are deleted; 0: no limit"),
                effective(
                        EXEMPLARS_MAX,
                        "100000",
                        "exemplars that are kept, the newest of a tenant; 0: none are (in Thanos the default)"),
                effective(
                        FUTURE_WINDOW,
                        "10m",
                        "samples further ahead of the clock are rejected; 0s: none is (in Thanos the default)"),
                effective(LIMITS_CONFIG_FILE, "", "the same in a file, which is read again when it changes"),
                effective(LIMITS_CONFIG, "", "YAML: limits of writes per tenant"),
                effective(LIMITS_RELOAD_INTERVAL, "1s", "how often it is looked whether that file changed"),
                effective(
                        LATE_WINDOW,
                        "24h",
                        "how far behind the tenant's newest sample late ones are taken; 0s: none are (in Thanos the"
                                + " default)"),
                effective(TENANT_HEADER, "THANOS-TENANT", "header that names the tenant"),
                effective(DEFAULT_TENANT, "default-tenant", "tenant of requests without that header"),
                effective(TENANT_LABEL, "tenant_id", "external label that holds the tenant"),
                effective(LOG_LEVEL, "info", "error, warn, info or debug"));
    }

    private static Stream<Flag> own() {
        return Stream.of(
                own(DURABILITY, "sync", "when a write is answered: sync (on disk), interval (synced each second), os"),
                own(
                        FLOAT_ENCODING,
                        "xor",
                        "encoding of new float chunks: xor, or xor2, which is smaller and keeps start timestamps"),
                own(
                        LATE_REPLICA_LABEL,
                        "replica",
                        "external label whose value gets -late for blocks of late samples; empty: they are shipped with"
                                + " the labels of all, for a compactor with vertical compaction"),
                new Flag(
                        SHIP_UNREADABLE,
                        Kind.SWITCH,
                        "false",
                        Treatment.OWN,
                        "also ship blocks with chunks that Thanos 0.42 cannot read, those in xor2"),
                own(BUCKET_RATE_MAX, "0", "bytes a second that go to and from the bucket; 0: any number"),
                own(
                        SELF_METRICS_INTERVAL,
                        "0s",
                        "how often own metrics are written into the default tenant; 0s: never"),
                new Flag(
                        ACCEPTED_MESSAGES,
                        Kind.REPEATED,
                        "",
                        Treatment.OWN,
                        "remote_write message that is received, prometheus.WriteRequest or"
                                + " io.prometheus.write.v2.Request; none given: both"),
                own(BODY_BYTES_MAX, "32MB", "largest body of a request, and largest message it may decompress to"),
                own(QUERIES_MAX, "16", "queries and remote reads that are answered at a time; others wait"),
                own(QUERY_SERIES_MAX, "0", "series that it may show; 0: any number"),
                own(QUERY_SAMPLES_MAX, "0", "samples that a query, remote read or federation may show; 0: any number"),
                own(QUERY_BYTES_MAX, "0", "bytes of chunks that it may look at; 0: any number"),
                own(QUERY_TIME_MAX, "2m", "time that it may take, with the sending of its answer; 0s: any"),
                own(
                        READ_SAMPLES_MAX,
                        "50000000",
                        "samples in an answer to remote read that is not streamed; 0: no limit"),
                own(READ_FRAME_BYTES_MAX, "1048576", "bytes from which on a frame of a streamed remote read ends"),
                own(IN_FLIGHT_BYTES_MAX, "0", "memory of all requests under way; 0: a quarter of the heap"));
    }

    private static Stream<Flag> ignored() {
        return Stream.of(
                ignored("log.format", "logfmt", "the log is plain lines"),
                ignored("tracing.config-file", "", NO_TRACING),
                ignored("tracing.config", "", NO_TRACING),
                ignoredSwitch("enable-auto-gomemlimit", "false", "the JVM sizes its heap by itself"),
                ignored("auto-gomemlimit.ratio", "0.9", "the JVM sizes its heap by itself"),
                ignored("receive.hashrings-algorithm", "hashmod", NO_ROUTING),
                ignored("receive.hashrings-file-refresh-interval", "5m", NO_ROUTING),
                ignored("receive.local-endpoint", "", NO_ROUTING),
                ignored("receive.replica-header", "THANOS-REPLICA", NO_ROUTING),
                ignored("receive.forward.async-workers", "5", NO_ROUTING),
                ignored("receive.grpc-compression", "snappy", NO_ROUTING),
                ignored("receive.replication-protocol", "protobuf", NO_ROUTING),
                ignored("receive.capnproto-address", "0.0.0.0:19391", NO_ROUTING),
                ignored("receive.grpc-service-config", "", NO_ROUTING),
                ignored("receive-forward-timeout", "5s", NO_ROUTING),
                ignored("receive-forward-max-backoff", "5s", NO_ROUTING),
                ignored("tsdb.out-of-order.cap-max", "0", "late chunks have up to 120 samples"),
                ignoredSwitch("tsdb.allow-overlapping-blocks", "false", "it has no effect in Thanos either"),
                ignoredSwitch("tsdb.wal-compression", "true", "the log is always compressed"),
                ignoredSwitch("tsdb.no-lockfile", "false", "directories are always locked"),
                ignored("tsdb.head.expanded-postings-cache-size", "0", NO_CACHE),
                ignored("tsdb.block.expanded-postings-cache-size", "0", NO_CACHE),
                ignoredSwitch("tsdb.enable-native-histograms", "false", "it has no effect in Thanos either"),
                ignoredSwitch("tsdb.memory-snapshot-on-shutdown", "false", "a stop writes one if the log is long"),
                ignored("tsdb.write-queue-size", "0", "chunks are written by maintenance"),
                ignored("hash-func", "", "no hashes of files are put into meta.json"),
                ignored("shipper.upload-concurrency", "0", "files are uploaded one after the other"),
                ignoredSwitch("shipper.ignore-unequal-block-size", "false", TWO_HOURS),
                ignoredSwitch("shipper.allow-out-of-order-uploads", "false", "a failed upload does not stop others"),
                ignoredSwitch("shipper.skip-corrupted-blocks", "false", "a failed upload does not stop others"),
                ignoredSwitch("shipper.upload-compacted", "false", "every block is shipped once"),
                ignored("matcher-cache-size", "0", NO_CACHE),
                ignored("request.logging-config-file", "", NO_REQUEST_LOG),
                ignored("request.logging-config", "", NO_REQUEST_LOG),
                ignoredSwitch("receive.otlp-enable-target-info", "true", NO_OTLP),
                new Flag("receive.otlp-promote-resource-attributes", Kind.REPEATED, "", Treatment.IGNORED, NO_OTLP),
                new Flag("enable-feature", Kind.REPEATED, "", Treatment.IGNORED, "there are no such features"),
                ignored("receive.lazy-retrieval-max-buffered-responses", "20", "series are sent as they are read"),
                ignored("debug.name", "", "there is no such name in the log"));
    }

    private static Stream<Flag> refused() {
        return Stream.of(
                refused("http.config", "", "the HTTP port has neither authentication nor TLS in this version"),
                refusedList("grpc-server-tls-ciphers", NO_CIPHERS),
                refusedList("grpc-server-tls-curves", NO_CIPHERS),
                refusedList("remote-write.server-tls-ciphers", NO_CIPHERS),
                refusedList("remote-write.server-tls-curves", NO_CIPHERS),
                refused("remote-write.client-tls-cert", "", NO_ROUTING),
                refused("remote-write.client-tls-key", "", NO_ROUTING),
                refusedSwitch("remote-write.client-tls-secure", NO_ROUTING),
                refusedSwitch("remote-write.client-tls-skip-verify", NO_ROUTING),
                refused("remote-write.client-tls-ca", "", NO_ROUTING),
                refused("remote-write.client-server-name", "", NO_ROUTING),
                refused("remote-write.client-tls-min-version", "1.3", NO_ROUTING),
                refused("receive.hashrings-file", "", NO_HASHRING),
                refused("receive.hashrings", "", NO_HASHRING),
                refused(
                        "receive.tenant-certificate-field",
                        "",
                        "tenants are not taken from certificates in this version"),
                refused("receive.split-tenant-label-name", "", "requests are not split into tenants in this version"),
                refused("receive.replication-factor", "1", "there is no replication in this version"),
                refused("receive.relabel-config-file", "", "there is no relabelling in this version"),
                refused("receive.relabel-config", "", "there is no relabelling in this version"),
                refused("tsdb.min-block-duration", "2h", TWO_HOURS));
    }

    /** What a switch without a value means, or any value that {@code text} is equal to when both are read. */
    boolean isDefault(String text) {
        return text.equals(defaultValue) || (defaultValue.equals("0s") && GoSyntax.isZeroDuration(text));
    }

    boolean hasEffect() {
        return treatment == Treatment.EFFECTIVE || treatment == Treatment.OWN;
    }

    boolean isOfThanos() {
        return treatment != Treatment.OWN;
    }

    private static Flag effective(String name, String defaultValue, String remark) {
        return new Flag(name, Kind.VALUE, defaultValue, Treatment.EFFECTIVE, remark);
    }

    private static Flag own(String name, String defaultValue, String remark) {
        return new Flag(name, Kind.VALUE, defaultValue, Treatment.OWN, remark);
    }

    private static Flag ignored(String name, String defaultValue, String remark) {
        return new Flag(name, Kind.VALUE, defaultValue, Treatment.IGNORED, remark);
    }

    private static Flag ignoredSwitch(String name, String defaultValue, String remark) {
        return new Flag(name, Kind.SWITCH, defaultValue, Treatment.IGNORED, remark);
    }

    private static Flag refused(String name, String defaultValue, String remark) {
        return new Flag(name, Kind.VALUE, defaultValue, Treatment.REFUSED, remark);
    }

    private static Flag refusedList(String name, String remark) {
        return new Flag(name, Kind.REPEATED, "", Treatment.REFUSED, remark);
    }

    private static Flag refusedSwitch(String name, String remark) {
        return new Flag(name, Kind.SWITCH, "false", Treatment.REFUSED, remark);
    }

    /** There is one flag of a name. What a record has by itself would be made at each start, in 25 ms. */
    @Override
    public int hashCode() {
        return name.hashCode();
    }
}
