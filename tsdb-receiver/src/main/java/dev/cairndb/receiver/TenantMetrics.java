package dev.cairndb.receiver;

import dev.cairndb.tsdb.FileKind;
import dev.cairndb.tsdb.Rejection;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbStats;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Figures of all tenants' stores, read when they are scraped: under the names of Prometheus where it has the same,
 * under {@code cairn_} otherwise. Thread-safe.
 */
final class TenantMetrics implements MultiCollector {
    private static final double MILLIS_PER_SECOND = 1000;

    private final Tenants tenants;

    TenantMetrics(Tenants tenants) {
        this.tenants = tenants;
    }

    @Override
    public MetricSnapshots collect() {
        Families families = new Families();
        for (Tenant tenant : tenants.all()) {
            String name = tenant.name();
            Tsdb db = tenant.openStore();
            families.gauge("cairn_tenant_open", "1 if the tenant's store is open.", name, db == null ? 0 : 1);
            families.gauge(
                    "cairn_tenant_failed",
                    "1 if the tenant's store takes no writes until it is opened again.",
                    name,
                    tenant.storeFailure() == null ? 0 : 1);
            families.gauge(
                    "cairn_tenant_writes_refused",
                    "1 while the tenant's store takes no writes, for example since its disk is full.",
                    name,
                    tenant.refusesWrites() ? 1 : 0);
            families.counter(
                    "cairn_tenant_open_failures",
                    "Failed attempts to open the tenant's store.",
                    name,
                    tenant.openFailures());
            if (db != null) {
                add(families, name, db.stats());
            }
        }
        return families.snapshots();
    }

    private static void add(Families families, String tenant, TsdbStats stats) {
        addHead(families, tenant, stats);
        addExemplars(families, tenant, stats);
        addFiles(families, tenant, stats);
        for (Rejection reason : Rejection.values()) {
            families.counter(
                    "cairn_samples_rejected",
                    "Samples that were not stored.",
                    stats.samplesRejected().getOrDefault(reason, 0L),
                    "reason",
                    reason.name().toLowerCase(Locale.ROOT),
                    "tenant",
                    tenant);
        }
        stats.writesRefused()
                .forEach((limit, count) -> families.counter(
                        "cairn_writes_refused",
                        "Requests the store refused as a whole, by the limit they ran into.",
                        count,
                        "limit",
                        limit.name().toLowerCase(Locale.ROOT),
                        "tenant",
                        tenant));
        stats.queriesStopped()
                .forEach((reason, count) -> families.counter(
                        "cairn_queries_stopped",
                        "Queries that were ended before they had all of their answer.",
                        count,
                        "reason",
                        reason.name().toLowerCase(Locale.ROOT),
                        "tenant",
                        tenant));
        stats.headBytes()
                .forEach((part, bytes) -> families.gauge(
                        "cairn_head_bytes", "Memory of the head.", (double) bytes, "part", part, "tenant", tenant));
        stats.walRecordsUnknown()
                .forEach((type, count) -> families.counter(
                        "cairn_wal_records_unknown",
                        "Log records skipped at start, since this version does not know them.",
                        count,
                        "tenant",
                        tenant,
                        "type",
                        type));
    }

    private static void addHead(Families families, String tenant, TsdbStats stats) {
        families.gauge("prometheus_tsdb_head_series", "Series in the head.", tenant, stats.seriesActive());
        families.gauge("prometheus_tsdb_head_chunks", "Chunks in the head.", tenant, stats.headChunks());
        families.counter(
                "prometheus_tsdb_head_series_created", "Series created in the head.", tenant, stats.seriesCreated());
        families.counter(
                "prometheus_tsdb_head_series_removed", "Series removed from the head.", tenant, stats.seriesRemoved());
        families.counter(
                "prometheus_tsdb_head_samples_appended",
                "Samples appended to the head.",
                stats.samplesAppended(),
                "tenant",
                tenant,
                "type",
                "float");
        families.counter(
                "prometheus_tsdb_out_of_order_samples",
                "Samples rejected since they were out of order.",
                stats.samplesRejected().getOrDefault(Rejection.OUT_OF_ORDER, 0L),
                "tenant",
                tenant,
                "type",
                "float");
        families.counter(
                "prometheus_tsdb_head_out_of_order_samples_appended",
                "Late samples appended to the head.",
                stats.samplesLate(),
                "tenant",
                tenant,
                "type",
                "float");
        families.counter(
                "prometheus_tsdb_head_out_of_order_samples_appended",
                "Late samples appended to the head.",
                stats.histogramsLate(),
                "tenant",
                tenant,
                "type",
                "histogram");
        families.counter(
                "prometheus_tsdb_too_old_samples",
                "Samples rejected since they were before the window for late ones.",
                stats.samplesRejected().getOrDefault(Rejection.TOO_OLD, 0L),
                "tenant",
                tenant,
                "type",
                "float");
        families.counter(
                "prometheus_tsdb_out_of_bound_samples",
                "Samples rejected since they were older than the head accepts.",
                stats.samplesRejected().getOrDefault(Rejection.OUT_OF_BOUNDS, 0L),
                "tenant",
                tenant,
                "type",
                "float");
        if (stats.headMaxTimestampMillis() >= stats.headMinTimestampMillis()) {
            families.gauge(
                    "prometheus_tsdb_head_min_time_seconds",
                    "Time of the oldest sample in the head.",
                    tenant,
                    stats.headMinTimestampMillis() / MILLIS_PER_SECOND);
            families.gauge(
                    "prometheus_tsdb_head_max_time_seconds",
                    "Time of the newest sample in the head.",
                    tenant,
                    stats.headMaxTimestampMillis() / MILLIS_PER_SECOND);
        }
        families.counter(
                "cairn_samples_duplicate",
                "Samples accepted that were there already, bit for bit.",
                tenant,
                stats.samplesDuplicate());
    }

    private static void addExemplars(Families families, String tenant, TsdbStats stats) {
        families.gauge(
                "prometheus_tsdb_exemplar_exemplars_in_storage",
                "Exemplars that are kept now.",
                tenant,
                stats.exemplars());
        families.counter(
                "prometheus_tsdb_exemplar_exemplars_appended",
                "Exemplars appended.",
                tenant,
                stats.exemplarsAppended());
        families.counter(
                "prometheus_tsdb_exemplar_out_of_order_exemplars",
                "Exemplars rejected since they were out of order.",
                tenant,
                stats.samplesRejected().getOrDefault(Rejection.EXEMPLAR_OUT_OF_ORDER, 0L));
        families.gauge(
                "cairn_metadata_entries", "Entries of metadata that are kept now.", tenant, stats.metadataEntries());
    }

    private static void addFiles(Families families, String tenant, TsdbStats stats) {
        families.gauge("prometheus_tsdb_blocks_loaded", "Blocks on disk.", tenant, stats.blocks());
        families.gauge("prometheus_tsdb_storage_blocks_bytes", "Bytes of blocks on disk.", tenant, stats.blockBytes());
        families.gauge("prometheus_tsdb_wal_storage_size_bytes", "Bytes of the log on disk.", tenant, stats.walBytes());
        families.counter("cairn_wal_syncs", "Syncs of the log to disk.", tenant, stats.walSyncs());
        families.counter(
                "cairn_wal_corruptions", "Damaged places found in the log at start.", tenant, stats.walCorruptions());
        families.gauge(
                "prometheus_tsdb_out_of_order_wbl_storage_size_bytes",
                "Bytes of the log of late samples on disk.",
                tenant,
                stats.wblBytes());
        families.counter(
                "cairn_wbl_corruptions",
                "Damaged places found in the log of late samples at start.",
                tenant,
                stats.wblCorruptions());
        for (FileKind kind : FileKind.values()) {
            families.counter(
                    "cairn_damage_found",
                    "Damaged places and files found, by kind of file.",
                    stats.damageFound().getOrDefault(kind, 0L),
                    "tenant",
                    tenant,
                    "kind",
                    kind.label());
        }
        families.counter("cairn_blocks_cut", "Blocks cut from the head.", tenant, stats.blocksCut());
        families.counter(
                "cairn_block_merges",
                "Times blocks were replaced by one that was made of them.",
                tenant,
                stats.blockMerges());
        families.counter("cairn_blocks_shipped", "Blocks shipped to the bucket.", tenant, stats.blocksShipped());
        families.gauge(
                "cairn_blocks_not_shippable",
                "Blocks kept here since Thanos could not read them.",
                tenant,
                stats.blocksNotShippable());
        addShipping(families, tenant, stats);
        families.counter("cairn_blocks_deleted", "Blocks deleted by retention.", tenant, stats.blocksDeleted());
        families.counter(
                "cairn_background_failures", "Failures of background work.", tenant, stats.backgroundFailures());
        families.gauge("cairn_queriers_open", "Queriers open now.", tenant, stats.queriersOpen());
    }

    private static void addShipping(Families families, String tenant, TsdbStats stats) {
        TsdbStats.Shipping shipping = stats.shipping();
        families.counter(
                "thanos_shipper_dir_syncs", "Times it was looked what is to be shipped.", tenant, shipping.passes());
        families.counter(
                "thanos_shipper_dir_sync_failures",
                "Those after which blocks were left that could not be shipped.",
                tenant,
                shipping.passesFailed());
        families.counter("thanos_shipper_uploads", "Blocks shipped to the bucket.", tenant, stats.blocksShipped());
        families.counter(
                "thanos_shipper_upload_failures", "Failed attempts to ship a block.", tenant, shipping.blocksFailed());
        families.gauge(
                "cairn_shipping_blocks_waiting",
                "Blocks that are still to be shipped.",
                tenant,
                shipping.blocksWaiting());
        families.gauge(
                "cairn_shipping_bytes_waiting",
                "Bytes of blocks that are still to be shipped.",
                tenant,
                shipping.bytesWaiting());
        families.counter(
                "cairn_shipping_bytes",
                "Bytes of blocks' files sent to the bucket, repeated attempts included.",
                tenant,
                shipping.bytesSent());
    }

    /** Data points by metric, in the order the metrics first came. */
    private static final class Families {
        private final Map<String, GaugeSnapshot.Builder> gauges = new LinkedHashMap<>();
        private final Map<String, CounterSnapshot.Builder> counters = new LinkedHashMap<>();

        void gauge(String name, String help, String tenant, double value) {
            gauge(name, help, value, "tenant", tenant);
        }

        void gauge(String name, String help, String tenant, long value) {
            gauge(name, help, (double) value, "tenant", tenant);
        }

        void gauge(String name, String help, double value, String... labels) {
            GaugeSnapshot.@Nullable Builder family = gauges.get(name);
            if (family == null) {
                family = GaugeSnapshot.builder().name(name).help(help);
                gauges.put(name, family);
            }
            family.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                    .labels(Labels.of(labels))
                    .value(value)
                    .build());
        }

        void counter(String name, String help, String tenant, long value) {
            counter(name, help, value, "tenant", tenant);
        }

        void counter(String name, String help, long value, String... labels) {
            CounterSnapshot.@Nullable Builder family = counters.get(name);
            if (family == null) {
                family = CounterSnapshot.builder().name(name).help(help);
                counters.put(name, family);
            }
            family.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                    .labels(Labels.of(labels))
                    .value((double) value)
                    .build());
        }

        MetricSnapshots snapshots() {
            List<MetricSnapshot> all = new ArrayList<>();
            gauges.values().forEach(family -> all.add(family.build()));
            counters.values().forEach(family -> all.add(family.build()));
            return new MetricSnapshots(all);
        }
    }
}
