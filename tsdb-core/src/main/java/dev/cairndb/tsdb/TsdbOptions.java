package dev.cairndb.tsdb;

import java.time.Duration;

/**
 * Settings of a store: values only, checked once. Components (clock, object store, listener) are given to the builder.
 *
 * @param durability when a write is answered
 * @param syncInterval for {@link Durability#INTERVAL}: the time between two syncs of the log
 * @param blockRange length of the blocks that are cut; Prometheus and Thanos expect 2 h
 * @param blockRangeMax how long blocks may become that are merged from others; zero: see {@link #withBlockRangeMax}
 * @param retention how long blocks are kept, from the newest block's end; zero keeps them for ever
 * @param retentionBytes bytes of blocks and logs from which on the oldest blocks are deleted; 0 for no limit
 * @param futureGuard samples further ahead of the wall clock are rejected
 * @param outOfOrderWindow how far behind the newest sample of all series a late one may be: one that is older than the
 *     newest of its series, or than half a block range; zero rejects late samples
 * @param limits bounds on series and labels
 * @param writeLimits bounds on what is written at a time and per second
 * @param queryLimits bounds on what a querier reads, unless it is opened with others
 * @param walSegmentBytesMax size of a log segment, a multiple of 32 KiB
 * @param exemplarsMax exemplars that are kept, the newest of all series together; 0 keeps none
 * @param metadataBytesMax memory for the metadata of metric families; 0 keeps none
 * @param floatEncoding how new chunks of floats are encoded
 * @param shipUnreadableByThanos whether blocks are shipped that Thanos 0.42 cannot read, those with XOR2 chunks
 * @param lateReplicaLabel external label that tells the stream of late blocks from that of the others; empty: one
 *     stream
 * @param maintenance who runs the background work
 */
public record TsdbOptions(
        Durability durability,
        Duration syncInterval,
        Duration blockRange,
        Duration blockRangeMax,
        Duration retention,
        long retentionBytes,
        Duration futureGuard,
        Duration outOfOrderWindow,
        SeriesLimits limits,
        WriteLimits writeLimits,
        QueryLimits queryLimits,
        int walSegmentBytesMax,
        int exemplarsMax,
        long metadataBytesMax,
        FloatEncoding floatEncoding,
        boolean shipUnreadableByThanos,
        String lateReplicaLabel,
        Maintenance maintenance) {

    /** Who cuts blocks, ships and deletes them. */
    public enum Maintenance {
        /** The runtime's threads, by themselves. */
        BACKGROUND,
        /** The host, by {@link TsdbAdmin#runMaintenance}. */
        MANUAL
    }

    /**
     * Bounds on series and labels, checked before a series is created.
     *
     * @param seriesMax active series in the store
     * @param seriesPerMetricMax active series with the same metric name
     * @param labelsPerSeriesMax labels of one series
     * @param labelNameBytesMax length of a label name
     * @param labelValueBytesMax length of a label value
     */
    public record SeriesLimits(
            int seriesMax,
            int seriesPerMetricMax,
            int labelsPerSeriesMax,
            int labelNameBytesMax,
            int labelValueBytesMax) {
        public SeriesLimits {
            if (seriesMax < 1
                    || seriesPerMetricMax < 1
                    || labelsPerSeriesMax < 1
                    || labelNameBytesMax < 1
                    || labelValueBytesMax < 1) {
                throw new IllegalArgumentException("limits must be positive: series=" + seriesMax
                        + ", series per metric=" + seriesPerMetricMax + ", labels=" + labelsPerSeriesMax
                        + ", name bytes=" + labelNameBytesMax + ", value bytes=" + labelValueBytesMax);
            }
        }
    }

    /**
     * Bounds on what is written at a time and per second, of a store or of all stores of a runtime. A request beyond
     * one of them is refused as a whole, before any work, with a {@link dev.cairndb.io.LimitExceededException}. 0 is no
     * limit.
     *
     * @param samplesPerSecondMax samples and native histograms, over any longer time
     * @param samplesBurstMax how many of them may come at once; 0: as many as in a second. A request with more passes
     *     when nothing came for as long as the burst needs, and later ones wait the longer
     * @param bytesPerSecondMax bytes of requests, decompressed
     * @param bytesBurstMax as for samples
     * @param requestsInFlightMax requests that were taken and are not answered yet
     * @param bytesInFlightMax bytes of such requests, decompressed; one that is alone passes in any case
     */
    public record WriteLimits(
            long samplesPerSecondMax,
            long samplesBurstMax,
            long bytesPerSecondMax,
            long bytesBurstMax,
            int requestsInFlightMax,
            long bytesInFlightMax) {
        public WriteLimits {
            if (samplesPerSecondMax < 0
                    || samplesBurstMax < 0
                    || bytesPerSecondMax < 0
                    || bytesBurstMax < 0
                    || requestsInFlightMax < 0
                    || bytesInFlightMax < 0) {
                throw new IllegalArgumentException("limits must not be negative: samples per second="
                        + samplesPerSecondMax + ", samples burst=" + samplesBurstMax + ", bytes per second="
                        + bytesPerSecondMax + ", bytes burst=" + bytesBurstMax + ", requests in flight="
                        + requestsInFlightMax + ", bytes in flight=" + bytesInFlightMax);
            }
        }

        /** No limits. */
        public static WriteLimits none() {
            return new WriteLimits(0, 0, 0, 0, 0, 0);
        }
    }

    /**
     * Bounds on what one querier reads, all its cursors together. Beyond one of them its methods throw a {@link
     * dev.cairndb.io.QueryStoppedException}. 0 is no limit.
     *
     * @param seriesMax series shown
     * @param samplesMax samples shown, and samples of chunks shown
     * @param chunkBytesMax bytes of chunks looked at; one that is looked at again counts again
     * @param timeMax from the opening of the querier to its last step
     */
    public record QueryLimits(long seriesMax, long samplesMax, long chunkBytesMax, Duration timeMax) {
        public QueryLimits {
            if (seriesMax < 0 || samplesMax < 0 || chunkBytesMax < 0 || timeMax.isNegative()) {
                throw new IllegalArgumentException("limits must not be negative: series=" + seriesMax + ", samples="
                        + samplesMax + ", chunk bytes=" + chunkBytesMax + ", time=" + timeMax);
            }
        }

        /** No limits. */
        public static QueryLimits none() {
            return new QueryLimits(0, 0, 0, Duration.ZERO);
        }
    }

    private static final SeriesLimits DEFAULT_LIMITS =
            new SeriesLimits(Integer.MAX_VALUE, Integer.MAX_VALUE, 128, 1024, 65_535);

    public TsdbOptions {
        requirePositive("syncInterval", syncInterval);
        requirePositive("blockRange", blockRange);
        requireNotNegative("blockRangeMax", blockRangeMax);
        requireNotNegative("retention", retention);
        requireNotNegative("futureGuard", futureGuard);
        requireNotNegative("outOfOrderWindow", outOfOrderWindow);
        if (retentionBytes < 0) {
            throw new IllegalArgumentException("retentionBytes must not be negative: " + retentionBytes);
        }
        if (exemplarsMax < 0 || metadataBytesMax < 0) {
            throw new IllegalArgumentException("limits must not be negative: exemplarsMax=" + exemplarsMax
                    + ", metadataBytesMax=" + metadataBytesMax);
        }
        if (walSegmentBytesMax < 1 << 15 || walSegmentBytesMax % (1 << 15) != 0) {
            throw new IllegalArgumentException(
                    "walSegmentBytesMax must be a multiple of 32 KiB: " + walSegmentBytesMax);
        }
    }

    /**
     * SYNC, blocks of 2 h, merged with time, 15 days of retention, 10 minutes into the future, 24 h of late samples,
     * 100,000 exemplars.
     */
    public static TsdbOptions defaults() {
        return new TsdbOptions(
                Durability.SYNC,
                Duration.ofSeconds(1),
                Duration.ofHours(2),
                Duration.ZERO,
                Duration.ofDays(15),
                0,
                Duration.ofMinutes(10),
                Duration.ofHours(24),
                DEFAULT_LIMITS,
                WriteLimits.none(),
                QueryLimits.none(),
                128 << 20,
                100_000,
                16 << 20,
                FloatEncoding.XOR,
                false,
                "replica",
                Maintenance.BACKGROUND);
    }

    public TsdbOptions withDurability(Durability value) {
        Fields fields = new Fields(this);
        fields.durability = value;
        return fields.options();
    }

    public TsdbOptions withSyncInterval(Duration value) {
        Fields fields = new Fields(this);
        fields.syncInterval = value;
        return fields.options();
    }

    public TsdbOptions withBlockRange(Duration value) {
        Fields fields = new Fields(this);
        fields.blockRange = value;
        return fields.options();
    }

    /**
     * Blocks are merged into longer ones, of 3, 9, 27... block ranges, as long as those are no longer than this; blocks
     * that overlap become one. Zero, the default, is a tenth of the retention and at most 31 days, as in Prometheus,
     * and with an object store nothing at all: whoever compacts the bucket does it for all of its readers. A value
     * below three block ranges turns it off.
     */
    public TsdbOptions withBlockRangeMax(Duration value) {
        Fields fields = new Fields(this);
        fields.blockRangeMax = value;
        return fields.options();
    }

    public TsdbOptions withRetention(Duration value) {
        Fields fields = new Fields(this);
        fields.retention = value;
        return fields.options();
    }

    public TsdbOptions withRetentionBytes(long value) {
        Fields fields = new Fields(this);
        fields.retentionBytes = value;
        return fields.options();
    }

    public TsdbOptions withFutureGuard(Duration value) {
        Fields fields = new Fields(this);
        fields.futureGuard = value;
        return fields.options();
    }

    public TsdbOptions withOutOfOrderWindow(Duration value) {
        Fields fields = new Fields(this);
        fields.outOfOrderWindow = value;
        return fields.options();
    }

    public TsdbOptions withLimits(SeriesLimits value) {
        Fields fields = new Fields(this);
        fields.limits = value;
        return fields.options();
    }

    public TsdbOptions withWriteLimits(WriteLimits value) {
        Fields fields = new Fields(this);
        fields.writeLimits = value;
        return fields.options();
    }

    public TsdbOptions withQueryLimits(QueryLimits value) {
        Fields fields = new Fields(this);
        fields.queryLimits = value;
        return fields.options();
    }

    public TsdbOptions withWalSegmentBytesMax(int value) {
        Fields fields = new Fields(this);
        fields.walSegmentBytesMax = value;
        return fields.options();
    }

    public TsdbOptions withExemplarsMax(int value) {
        Fields fields = new Fields(this);
        fields.exemplarsMax = value;
        return fields.options();
    }

    public TsdbOptions withMetadataBytesMax(long value) {
        Fields fields = new Fields(this);
        fields.metadataBytesMax = value;
        return fields.options();
    }

    /** {@link FloatEncoding#XOR2} also keeps the start timestamps of floats; see there who reads it. */
    public TsdbOptions withFloatEncoding(FloatEncoding value) {
        Fields fields = new Fields(this);
        fields.floatEncoding = value;
        return fields.options();
    }

    /**
     * By default blocks that Thanos 0.42 cannot read stay here, and a store with an object store does not open with
     * {@link FloatEncoding#XOR2}: one such block stops a compactor for the whole bucket. True is for readers that can
     * do it.
     */
    public TsdbOptions withShipUnreadableByThanos(boolean value) {
        Fields fields = new Fields(this);
        fields.shipUnreadableByThanos = value;
        return fields.options();
    }

    /**
     * Blocks of late samples overlap others in time, and a Thanos compactor stops at overlaps. So they are shipped
     * under external labels of their own: {@code replica="a"} becomes {@code replica="a-late"}, and where there is no
     * such label {@code replica="late"} is added. Name the label here that the querier is told with
     * {@code --query.replica-label}. If it is empty, late blocks are shipped with the labels of all: for a bucket whose
     * compactor runs with {@code
     * --compact.enable-vertical-compaction}.
     */
    public TsdbOptions withLateReplicaLabel(String value) {
        Fields fields = new Fields(this);
        fields.lateReplicaLabel = value;
        return fields.options();
    }

    public TsdbOptions withMaintenance(Maintenance value) {
        Fields fields = new Fields(this);
        fields.maintenance = value;
        return fields.options();
    }

    private static void requirePositive(String name, Duration value) {
        if (value.toMillis() < 1) {
            throw new IllegalArgumentException(name + " must be at least a millisecond: " + value);
        }
    }

    private static void requireNotNegative(String name, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(name + " must not be negative: " + value);
        }
    }

    /** The components, to be changed one by one. */
    private static final class Fields {
        Durability durability;
        Duration syncInterval;
        Duration blockRange;
        Duration blockRangeMax;
        Duration retention;
        long retentionBytes;
        Duration futureGuard;
        Duration outOfOrderWindow;
        SeriesLimits limits;
        WriteLimits writeLimits;
        QueryLimits queryLimits;
        int walSegmentBytesMax;
        int exemplarsMax;
        long metadataBytesMax;
        FloatEncoding floatEncoding;
        boolean shipUnreadableByThanos;
        String lateReplicaLabel;
        Maintenance maintenance;

        Fields(TsdbOptions from) {
            durability = from.durability;
            syncInterval = from.syncInterval;
            blockRange = from.blockRange;
            blockRangeMax = from.blockRangeMax;
            retention = from.retention;
            retentionBytes = from.retentionBytes;
            futureGuard = from.futureGuard;
            outOfOrderWindow = from.outOfOrderWindow;
            limits = from.limits;
            writeLimits = from.writeLimits;
            queryLimits = from.queryLimits;
            walSegmentBytesMax = from.walSegmentBytesMax;
            exemplarsMax = from.exemplarsMax;
            metadataBytesMax = from.metadataBytesMax;
            floatEncoding = from.floatEncoding;
            shipUnreadableByThanos = from.shipUnreadableByThanos;
            lateReplicaLabel = from.lateReplicaLabel;
            maintenance = from.maintenance;
        }

        TsdbOptions options() {
            return new TsdbOptions(
                    durability,
                    syncInterval,
                    blockRange,
                    blockRangeMax,
                    retention,
                    retentionBytes,
                    futureGuard,
                    outOfOrderWindow,
                    limits,
                    writeLimits,
                    queryLimits,
                    walSegmentBytesMax,
                    exemplarsMax,
                    metadataBytesMax,
                    floatEncoding,
                    shipUnreadableByThanos,
                    lateReplicaLabel,
                    maintenance);
        }
    }
}
