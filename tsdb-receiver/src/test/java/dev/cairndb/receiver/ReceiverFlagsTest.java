package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.testkit.Repository;
import dev.cairndb.tsdb.Durability;
import dev.cairndb.tsdb.FloatEncoding;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ReceiverFlagsTest {
    private static final Pattern HELP_FLAG = Pattern.compile("^ +(?:-h, )?--(\\[no-])?([a-z0-9.-]+)(?:=(\\S*))?.*$");

    @Test
    void defaultsAreThoseOfThanosButForTheFutureWindow() throws Exception {
        ReceiverSettings settings = new ReceiverFlags().settings();
        assertEquals(Path.of("data").toAbsolutePath(), settings.dataDirectory());
        assertEquals(new ListenAddress("0.0.0.0", 19291), settings.writeAddress());
        assertEquals(new ListenAddress("0.0.0.0", 10902), settings.adminAddress());
        assertEquals(Duration.ofDays(15), settings.storeOptions().retention());
        assertEquals(0, settings.storeOptions().retentionBytes());
        assertEquals(Duration.ofMinutes(10), settings.storeOptions().futureGuard());
        assertEquals(100_000, settings.storeOptions().exemplarsMax());
        assertEquals("THANOS-TENANT", settings.tenantHeader());
        assertEquals("default-tenant", settings.defaultTenant());
        assertEquals("tenant_id", settings.tenantLabel());
        assertEquals(Durability.SYNC, settings.storeOptions().durability());
        assertEquals(Duration.ZERO, settings.selfMetricsInterval());
        assertEquals(32 << 20, settings.bodyBytesMax());
        assertNull(settings.bucket());
    }

    @Test
    void flagsAreReadWithAnEqualsSignOrABlank(@TempDir Path folder) throws Exception {
        Path config = Files.writeString(folder.resolve("b.yml"), "type: FILESYSTEM\nconfig: {directory: /b}\n");
        ReceiverFlags flags = new ReceiverFlags(
                "--tsdb.path",
                "/d",
                "--remote-write.address=:1",
                "--http-address",
                "[::1]:2",
                "--label=replica=\"a b\"",
                "--label",
                "region=\"eu\"",
                "--objstore.config-file=" + config,
                "--tsdb.retention=2h",
                "--tsdb.max-retention-bytes=1GB",
                "--tsdb.max-exemplars=-1",
                "--tsdb.too-far-in-future.time-window=5m",
                "--tsdb.out-of-order.time-window=1h",
                "--receive.tenant-header=X-Tenant",
                "--receive.default-tenant-id=t",
                "--receive.tenant-label-name=tenant",
                "--durability=interval",
                "--storage.float-encoding=xor2",
                "--shipper.upload-unreadable-blocks",
                "--shipper.late-replica-label=receive",
                "--self-metrics.interval=15s",
                "--log.level=debug");
        ReceiverSettings settings = flags.settings();
        assertEquals(Path.of("/d"), settings.dataDirectory());
        assertEquals(new ListenAddress("", 1), settings.writeAddress());
        assertEquals(new ListenAddress("::1", 2), settings.adminAddress());
        assertEquals(Labels.of("replica", "a b", "region", "eu"), settings.externalLabels());
        assertEquals(new FolderBucket(Path.of("/b")), settings.bucket());
        assertEquals(Duration.ofHours(2), settings.storeOptions().retention());
        assertEquals(1L << 30, settings.storeOptions().retentionBytes());
        assertEquals(Duration.ofMinutes(5), settings.storeOptions().futureGuard());
        assertEquals(Duration.ofHours(1), settings.storeOptions().outOfOrderWindow());
        assertEquals(0, settings.storeOptions().exemplarsMax());
        assertEquals("X-Tenant", settings.tenantHeader());
        assertEquals("t", settings.defaultTenant());
        assertEquals("tenant", settings.tenantLabel());
        assertEquals(Durability.INTERVAL, settings.storeOptions().durability());
        assertEquals(FloatEncoding.XOR2, settings.storeOptions().floatEncoding());
        assertTrue(settings.storeOptions().shipUnreadableByThanos());
        assertEquals("receive", settings.storeOptions().lateReplicaLabel());
        assertEquals(Duration.ofSeconds(15), settings.selfMetricsInterval());
        assertEquals("debug", flags.logLevel());
        assertEquals(List.of(), flags.warnings());
    }

    @Test
    void aRateBoundsWhatGoesToTheBucket() throws Exception {
        String config = "--objstore.config={type: FILESYSTEM, config: {directory: /b}}";
        ReceiverSettings settings = new ReceiverFlags("--label=a=\"b\"", config, "--shipper.rate-max=10MB").settings();
        assertEquals(new PacedBucket(new FolderBucket(Path.of("/b")), 10 << 20), settings.bucket());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            --nosuch=1 | unknown flag: '--nosuch=1'
            --tsdb | unknown flag: '--tsdb'
            stray | not a flag: 'stray'
            --tsdb.path | flag --tsdb.path needs a value
            --no-tsdb.path | unknown flag: '--no-tsdb.path'
            --tsdb.allow-overlapping-blocks=true | flag --tsdb.allow-overlapping-blocks takes no value
            --tsdb.retention=15 | not a duration
            --http-address=nowhere | not an address
            --remote-write.address=::1:19291 | not an address
            --http-address=127.0.0.1:65536 | not an address
            --label=replica=a | not in double quotes
            --label=replica | expected=name="value"
            --label=tenant_id="x" | must name a label that is not among the external labels
            --receive.default-tenant-id=.. | tenant name not valid
            --durability=never | expected=sync, interval or os
            --storage.float-encoding=gorilla | expected=xor or xor2
            --objstore.config={type: FILESYSTEM, config: {directory: b}} | no external labels configured for receive
            --objstore.config={type: S3} | needs config.bucket
            --objstore.config={type: GCS} | GCS is not in this version
            --objstore.config-file=/nosuch | cannot read /nosuch
            --receive.replication-factor=3 | refused
            --limits.in-flight-size=1MB | one request can take
            --limits.query-series=-1 | expected=0 to
            --receive.limits-config=write: {default: {series: 1}} | unknown key: write.default.series
            --receive.limits-config-file=/nosuch | cannot read the limits configuration
            """)
    void whatCannotBeFollowedIsNamed(String argument, String message) {
        UsageException failure =
                assertThrows(UsageException.class, () -> new ReceiverFlags(argument).settings(), argument);
        assertTrue(String.valueOf(failure.getMessage()).contains(message), failure.getMessage());
    }

    @Test
    void blocksThatThanosCannotReadAreNotShippedByAccident() throws Exception {
        String[] arguments = {
            "--label=replica=\"a\"",
            "--objstore.config={type: FILESYSTEM, config: {directory: b}}",
            "--storage.float-encoding=xor2"
        };
        UsageException refused = assertThrows(UsageException.class, () -> new ReceiverFlags(arguments).settings());
        assertTrue(String.valueOf(refused.getMessage()).contains("Thanos 0.42 cannot read"), refused.getMessage());
        ReceiverSettings alone = new ReceiverFlags("--storage.float-encoding=xor2").settings();
        assertEquals(FloatEncoding.XOR2, alone.storeOptions().floatEncoding());
        assertFalse(alone.storeOptions().shipUnreadableByThanos());
    }

    @Test
    void aFlagGivenTwiceIsAnErrorUnlessItIsAList() {
        assertThrows(UsageException.class, () -> new ReceiverFlags("--tsdb.path=a", "--tsdb.path=b"));
        assertThrows(UsageException.class, () -> new ReceiverFlags("--label=a=\"1\"", "--label=a=\"2\"").settings());
    }

    @Test
    void aValueMayBeTheNextArgumentButNotAnotherFlag() throws Exception {
        ReceiverSettings settings =
                new ReceiverFlags("--tsdb.path", "/a", "--label", "a=\"b\"", "--tsdb.retention", "1d").settings();
        assertEquals(Path.of("/a"), settings.dataDirectory());
        assertEquals(Labels.of("a", "b"), settings.externalLabels());
        UsageException missing =
                assertThrows(UsageException.class, () -> new ReceiverFlags("--tsdb.path", "--label=a=\"b\""));
        assertEquals("flag --tsdb.path needs a value", missing.getMessage());
    }

    static Stream<Flag> ignored() {
        return Flag.ALL.values().stream().filter(flag -> flag.treatment() == Flag.Treatment.IGNORED);
    }

    static Stream<Flag> refused() {
        return Flag.ALL.values().stream().filter(flag -> flag.treatment() == Flag.Treatment.REFUSED);
    }

    @ParameterizedTest
    @MethodSource("ignored")
    void aFlagThatIsIgnoredGivesOneWarningUnlessItIsAtItsDefault(Flag flag) throws Exception {
        ReceiverFlags flags = new ReceiverFlags(otherThanDefault(flag));
        assertEquals(1, flags.warnings().size());
        assertTrue(flags.warnings().get(0).contains("--" + flag.name() + " has no effect: "));
        assertEquals(new ReceiverFlags().settings(), flags.settings());
        assertEquals(List.of(), new ReceiverFlags(atDefault(flag)).warnings());
    }

    @ParameterizedTest
    @MethodSource("refused")
    void aFlagThatIsRefusedIsAnErrorUnlessItIsAtItsDefault(Flag flag) throws Exception {
        UsageException failure = assertThrows(UsageException.class, () -> new ReceiverFlags(otherThanDefault(flag)));
        assertTrue(String.valueOf(failure.getMessage()).contains("--" + flag.name() + " is refused: " + flag.remark()));
        assertEquals(List.of(), new ReceiverFlags(atDefault(flag)).warnings());
    }

    private static String otherThanDefault(Flag flag) {
        if (flag.kind() == Flag.Kind.SWITCH) {
            return flag.defaultValue().equals("true") ? "--no-" + flag.name() : "--" + flag.name();
        }
        return "--" + flag.name() + "=7" + (flag.defaultValue().equals("0s") ? "s" : "");
    }

    private static String atDefault(Flag flag) {
        if (flag.kind() == Flag.Kind.SWITCH) {
            return flag.defaultValue().equals("true") ? "--" + flag.name() : "--no-" + flag.name();
        }
        return "--" + flag.name() + "=" + flag.defaultValue();
    }

    @Test
    void noFlagThatProtectsByTlsIsIgnored() {
        for (Flag flag : Flag.ALL.values()) {
            if (flag.name().contains("tls")) {
                assertNotEquals(Flag.Treatment.IGNORED, flag.treatment(), flag.name());
            }
        }
    }

    @Test
    void limitsAreGivenAsTextOrInAFile(@TempDir Path folder) throws Exception {
        String yaml = "write: {default: {head_series_limit: 7}}";
        Path file = Files.writeString(folder.resolve("limits.yaml"), yaml);
        ReceiverSettings text = new ReceiverFlags("--receive.limits-config=" + yaml).settings();
        assertEquals(7, text.limits().of("a").seriesMax());
        ReceiverSettings read = new ReceiverFlags("--receive.limits-config-file=" + file).settings();
        assertEquals(text.limits(), read.limits());
        assertEquals(file, read.limitsFile());
        assertEquals(Duration.ofSeconds(1), read.limitsReloadInterval());
        assertThrows(
                UsageException.class,
                () -> new ReceiverFlags("--receive.limits-config=" + yaml, "--receive.limits-config-file=" + file)
                        .settings());
        QueryLimits queries = new ReceiverFlags(
                        "--limits.query-series=1",
                        "--limits.query-samples=2",
                        "--limits.query-size=3KB",
                        "--limits.query-time=4s")
                .settings()
                .queryLimits();
        assertEquals(new QueryLimits(1, 2, 3 << 10, Duration.ofSeconds(4)), queries);
    }

    @Test
    void thePageAboutTheReceiverHasAllFlagsAsTheyAre() throws Exception {
        List<String> page = Files.readAllLines(Repository.root().resolve("docs/receiver.md"));
        List<String> rows =
                page.stream().filter(line -> line.startsWith("| `--")).toList();
        List<String> expected = Stream.of(Flag.Treatment.values())
                .flatMap(treatment -> Flag.ALL.values().stream()
                        .filter(flag -> flag.treatment() == treatment)
                        .sorted(Comparator.comparing(Flag::name))
                        .map(ReceiverFlagsTest::row))
                .toList();
        assertEquals(String.join("\n", expected), String.join("\n", rows));
    }

    private static String row(Flag flag) {
        String value = flag.kind() == Flag.Kind.SWITCH
                ? flag.defaultValue().equals("true") ? "on" : "off"
                : flag.defaultValue().isEmpty() ? "" : "`" + flag.defaultValue() + "`";
        String remark = flag.remark() + (flag.kind() == Flag.Kind.REPEATED ? " (repeatable)" : "");
        return "| `--" + flag.name() + "` | " + value + " | " + remark + " |";
    }

    /** Against the real program's own list, so that none of its flags is forgotten or has another default. */
    @Test
    void theTableIsTheListOfTheRealProgram() throws Exception {
        Path thanos = Stream.of(
                        System.getenv("CAIRN_PEERS"),
                        Path.of(System.getProperty("user.home"), ".cache/cairn-peers")
                                .toString())
                .filter(folder -> folder != null && !folder.isEmpty())
                .map(folder -> Path.of(folder, "thanos"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        if (thanos == null) {
            System.out.println("ReceiverFlagsTest: SKIPPED the comparison with thanos receive --help: no program found"
                    + " (CAIRN_PEERS)");
            Assumptions.abort("no thanos program");
        }
        Map<String, String> real = flagsOf(thanos);
        Set<String> missing = new TreeSet<>(real.keySet());
        missing.removeAll(Flag.ALL.keySet());
        assertEquals(Set.of("help", "version"), missing);
        Map<String, String> otherDefaults = new TreeMap<>();
        real.forEach((name, value) -> {
            Flag flag = Flag.ALL.get(name);
            if (flag != null) {
                assertTrue(flag.isOfThanos(), name);
                if (flag.kind() == Flag.Kind.VALUE && !flag.defaultValue().equals(value)) {
                    otherDefaults.put(name, value);
                }
            }
        });
        assertEquals(Map.of(Flag.FUTURE_WINDOW, "0s", Flag.LATE_WINDOW, "0s", Flag.EXEMPLARS_MAX, "0"), otherDefaults);
        Set<String> hidden = Flag.ALL.values().stream()
                .filter(flag -> flag.isOfThanos() && !real.containsKey(flag.name()))
                .map(Flag::name)
                .collect(Collectors.toCollection(TreeSet::new));
        System.out.println(
                "ReceiverFlagsTest: " + real.size() + " flags compared with the real program; hidden there: " + hidden);
        assertFalse(real.isEmpty());
    }

    /** Default values by name; those shown as a kind of value (in angle brackets or capitals) have none. */
    private static Map<String, String> flagsOf(Path program) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(program.toString(), "receive", "--help")
                .redirectErrorStream(true)
                .start();
        String help = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        Map<String, String> flags = new TreeMap<>();
        for (String line : help.lines().toList()) {
            Matcher matcher = HELP_FLAG.matcher(line);
            if (line.startsWith("      --") || line.startsWith("  -h")) {
                assertTrue(matcher.matches(), line);
                String value = matcher.group(3) == null ? "" : matcher.group(3);
                boolean isKind = value.matches("<.*|[A-Z][A-Z.-]*");
                flags.put(matcher.group(2), isKind ? "" : value.replace("\"", ""));
            }
        }
        return flags;
    }
}
