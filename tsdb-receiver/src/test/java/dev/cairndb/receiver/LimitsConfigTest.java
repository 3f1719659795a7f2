package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.tsdb.TsdbOptions;
import dev.cairndb.tsdb.TsdbOptions.WriteLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LimitsConfigTest {
    /** As in Thanos' documentation, and the keys of our own. */
    private static final String FILE = """
            write:
              global:
                max_concurrency: 30
                meta_monitoring_url: "http://localhost:9090"
                meta_monitoring_limit_query: "sum(prometheus_tsdb_head_series) by (tenant)"
                tenants_limit: 100
                rate: {samples_per_second_limit: 1000000}
                in_flight: {bytes_limit: 500000000}
              default:
                request:
                  size_bytes_limit: 1024
                  series_limit: 1000
                  samples_limit: 10
                head_series_limit: 1000
                series_per_metric_limit: 200
                rate: {samples_per_second_limit: 500, samples_burst: 5000, bytes_per_second_limit: 7, bytes_burst: 8}
                in_flight: {requests_limit: 9, bytes_limit: 10}
              tenants:
                acme:
                  request:
                    size_bytes_limit: 0
                    series_limit: 0
                    samples_limit: 0
                  head_series_limit: 0
                ajax:
                  request:
                    series_limit: 50000
                    samples_limit: -1
                  rate: {samples_burst: 6}
                nothing:
            """;

    @Test
    void aTenantInheritsWhatItDoesNotSay() throws UsageException {
        LimitsConfig config = LimitsConfig.parse(FILE);
        WriteLimits writes = new WriteLimits(500, 5000, 7, 8, 9, 10);
        assertEquals(30, config.concurrencyMax());
        assertEquals(100, config.tenantsMax());
        assertEquals(new WriteLimits(1_000_000, 0, 0, 0, 0, 500_000_000), config.allWrites());
        assertEquals(new TenantLimits(1024, 1000, 10, 1000, 200, writes, null, null), config.of("anybody"));
        assertEquals(new TenantLimits(0, 0, 0, 0, 200, writes, null, null), config.of("acme"));
        assertEquals(
                new TenantLimits(1024, 50_000, 0, 1000, 200, new WriteLimits(500, 6, 7, 8, 9, 10), null, null),
                config.of("ajax"));
        assertEquals(config.of("anybody"), config.of("nothing"));
        assertEquals(1, config.warnings().size(), config.warnings()::toString);
    }

    @Test
    void nothingIsNoLimit() throws UsageException {
        for (String empty : List.of("", "write:", "write: {}", "write: {default: {request: }, tenants: }")) {
            assertEquals(LimitsConfig.NONE, LimitsConfig.parse(empty), empty);
        }
        TsdbOptions options = TsdbOptions.defaults();
        assertEquals(options, LimitsConfig.NONE.of("a").applyTo(options));
    }

    @Test
    void limitsOfTheStoreAreNotExceededByThoseOfTheFile() throws UsageException {
        TsdbOptions options = LimitsConfig.parse(FILE).of("ajax").applyTo(TsdbOptions.defaults());
        assertEquals(1000, options.limits().seriesMax());
        assertEquals(200, options.limits().seriesPerMetricMax());
        assertEquals(128, options.limits().labelsPerSeriesMax());
        assertEquals(6, options.writeLimits().samplesBurstMax());
        String huge = "write: {default: {head_series_limit: 99999999999}}";
        assertEquals(
                Integer.MAX_VALUE,
                LimitsConfig.parse(huge)
                        .of("a")
                        .applyTo(TsdbOptions.defaults())
                        .limits()
                        .seriesMax());
    }

    @Test
    void retentionIsThatOfTheFlagsUnlessATenantHasItsOwn() throws Exception {
        LimitsConfig config = LimitsConfig.parse("write: {default: {retention: {size_bytes: 1000}}, tenants: {"
                + "long: {retention: {time: 90d}}, ever: {retention: {time: 0d, size_bytes: 0}}}}");
        TsdbOptions flags =
                TsdbOptions.defaults().withRetention(Duration.ofDays(7)).withRetentionBytes(5);
        assertEquals(
                flags.withRetentionBytes(1000),
                config.of("anybody").applyTo(flags).withLimits(flags.limits()));
        assertEquals(Duration.ofDays(90), config.of("long").applyTo(flags).retention());
        assertEquals(1000, config.of("long").applyTo(flags).retentionBytes());
        assertEquals(Duration.ZERO, config.of("ever").applyTo(flags).retention());
        assertEquals(0, config.of("ever").applyTo(flags).retentionBytes());
        assertEquals(flags, LimitsConfig.NONE.of("anybody").applyTo(flags));
    }

    @Test
    void whatIsNotUnderstoodIsAnErrorThatNamesThePlace() {
        refuses("write: {defaults: {}}", "write.defaults");
        refuses("read: {}", "read");
        refuses("write: {global: {concurrency: 1}}", "write.global.concurrency");
        refuses("write: {tenants: {a: {request: {size: 1}}}}", "write.tenants.a.request.size");
        refuses("write: {tenants: {'..': {}}}", "..");
        refuses("write: {default: {head_series_limit: many}}", "write.default.head_series_limit");
        refuses("write: {default: {head_series_limit: 1.5}}", "write.default.head_series_limit");
        refuses("write: {default: {request: [1]}}", "write.default.request");
        refuses("write: {global: {rate: {samples: 1}}}", "write.global.rate.samples");
        refuses("write: {default: {retention: {time: 3 weeks}}}", "write.default.retention.time");
        refuses("write: {default: {retention: {bytes: 1}}}", "write.default.retention.bytes");
        refuses("[1", "not YAML");
        refuses("limits", "root");
    }

    private static void refuses(String yaml, String named) {
        UsageException refused = assertThrows(UsageException.class, () -> LimitsConfig.parse(yaml), yaml);
        assertTrue(String.valueOf(refused.getMessage()).contains(named), refused.getMessage());
    }

    @Test
    void aChangedFileHoldsFromThenOnAndABadOneChangesNothing(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("limits.yaml");
        write(file, 1, "write: {default: {head_series_limit: 1}}");
        LimitsSource source = new LimitsSource(file, LimitsSource.read(file));
        List<Long> told = new ArrayList<>();
        source.listen(config -> told.add(config.defaults().seriesMax()));
        look(source);
        assertEquals(List.of(1L), told);

        write(file, 2, "write: {default: {head_series_limit: 2}}");
        look(source);
        assertEquals(List.of(1L, 2L), told);
        write(file, 3, "write: {default: {head_series_limit: x}}");
        look(source);
        assertFalse(source.isGood());
        look(source);
        assertEquals(1, source.failures(), "once, not at every look");
        assertEquals(2, source.current().defaults().seriesMax());
        write(file, 4, "");
        look(source);
        assertEquals(2, source.current().defaults().seriesMax(), "an empty file is one that is being written");
        Files.delete(file);
        look(source);
        assertFalse(source.isGood());
        write(file, 5, "write: {default: {head_series_limit: 2}}");
        look(source);
        assertTrue(source.isGood());
        write(file, 6, "write: {default: {head_series_limit: 5}}");
        look(source);
        assertEquals(List.of(1L, 2L, 2L, 5L), told);
        assertEquals(3, source.reloads());
        assertThrows(UsageException.class, () -> LimitsSource.read(folder.resolve("absent")));
    }

    /** A change is looked at twice before it holds. */
    private static void look(LimitsSource source) {
        source.look();
        source.look();
    }

    private static void write(Path file, int second, String yaml) throws Exception {
        Files.writeString(file, yaml);
        Files.setLastModifiedTime(file, FileTime.fromMillis(second * 1000L));
    }
}
