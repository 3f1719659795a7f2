package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.index.Labels;
import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.testkit.Peers;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What docs/migrate-from-thanos-receive.md says, done in its order with its commands: a Thanos Receive with two tenants
 * is replaced, and takes over again, and no sample is lost on the disk or in the bucket, of which a stock compactor
 * takes all.
 */
@Tag("interop")
class ReplacingThanosReceiveTest {
    private static final List<String> TENANTS = List.of("default-tenant", "team-b");
    private static final long HOUR = Duration.ofHours(1).toMillis();
    private static final long STEP = Duration.ofMinutes(1).toMillis();
    private static final int SERIES = 5;
    private static final Duration TIME_MAX = Duration.ofSeconds(90);
    private static final Pattern BLOCK = Pattern.compile("(?ms)^ *```(\\w+)\\n(.*?)^ *```$");

    @TempDir
    Path scratch;

    private final Map<String, SampleSet> sent = new TreeMap<>();
    private final RemoteWriteEncoder encoder = new RemoteWriteEncoder();
    private final int writePort = Http.freePort();
    private final int httpPort = Http.freePort();
    private final int grpcPort = Http.freePort();
    /** A multiple of two hours, so long ago that all hours that are sent are past. */
    private final long start = (System.currentTimeMillis() - 20 * HOUR) / (2 * HOUR) * (2 * HOUR);

    private String page = "";
    private Path data;
    private Path bucket;

    @BeforeEach
    void readThePage() throws IOException {
        data = scratch.resolve("data");
        bucket = Files.createDirectories(scratch.resolve("bucket"));
        Path config = Files.writeString(
                scratch.resolve("bucket.yml"), "type: FILESYSTEM\nconfig:\n  directory: " + bucket + "\n");
        page = Files.readString(root().resolve("docs/migrate-from-thanos-receive.md"))
                .replace("/var/thanos/receive", data.toString())
                .replace("/etc/thanos/bucket.yml", config.toString())
                .replace("0.0.0.0:19291", "127.0.0.1:" + writePort)
                .replace("0.0.0.0:10902", "127.0.0.1:" + httpPort)
                .replace("127.0.0.1:10902", "127.0.0.1:" + httpPort)
                .replace("0.0.0.0:10901", "127.0.0.1:" + grpcPort);
        TENANTS.forEach(tenant -> sent.put(tenant, new SampleSet()));
    }

    private static Path root() {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("mvnw"))) {
            root = root.getParent();
        }
        return root;
    }

    /** The words of the one command of the page that begins so. */
    private List<String> command(String begin) {
        List<String> found = new ArrayList<>();
        for (Matcher block = BLOCK.matcher(page); block.find(); ) {
            block.group(2)
                    .lines()
                    .map(String::strip)
                    .filter(line -> line.startsWith(begin))
                    .forEach(found::add);
        }
        assertEquals(1, found.size(), () -> begin + ": " + found);
        List<String> words = new ArrayList<>();
        for (String word : found.get(0).split(" ")) {
            if (word.equals("$FLAGS")) {
                words.addAll(flags());
            } else {
                words.add(word);
            }
        }
        return words;
    }

    private List<String> flags() {
        for (Matcher block = BLOCK.matcher(page); block.find(); ) {
            if (block.group(1).equals("flags")) {
                return block.group(2).lines().toList();
            }
        }
        throw new AssertionError("no flags on the page");
    }

    private void cairn(String begin) {
        List<String> words = command(begin);
        Cairn.run(scratch, 0, words.subList(1, words.size()).toArray(new String[0]));
    }

    /** What the one block of the page that begins so prints in a shell that finds the built program. */
    private String shell(String begin) {
        List<String> found = new ArrayList<>();
        for (Matcher block = BLOCK.matcher(page); block.find(); ) {
            if (block.group(1).equals("sh") && block.group(2).strip().startsWith(begin)) {
                found.add(block.group(2));
            }
        }
        assertEquals(1, found.size(), () -> begin + ": " + found);
        Map<String, String> environment = Map.of(
                "JAVA_HOME",
                System.getProperty("java.home"),
                "PATH",
                Cairn.builtProgram().getParent() + ":" + System.getenv("PATH"));
        try (RunningProgram shell =
                RunningProgram.start(scratch, "shell", List.of("sh", "-c", found.get(0)), environment)) {
            assertEquals(0, shell.awaitExit(TIME_MAX), shell::log);
            return shell.log();
        }
    }

    private RunningProgram receive(String program, String begin) {
        List<String> words = new ArrayList<>(command(begin));
        words.set(0, program);
        if (begin.startsWith("thanos")) {
            // Its port for Cap'n Proto is none of ours, and may be taken on this machine.
            words.add("--receive.capnproto-address=127.0.0.1:" + Http.freePort());
            ThanosReceive.awaitMinuteWithoutPruning();
        }
        RunningProgram running =
                RunningProgram.start(scratch, "receive", words, Map.of("JAVA_HOME", System.getProperty("java.home")));
        boolean ready = false;
        try {
            running.await("ready", TIME_MAX, () -> Http.status(httpPort, "/-/ready") == 200);
            ready = true;
            return running;
        } finally {
            if (!ready) {
                running.close();
            }
        }
    }

    /** Sends all tenants' samples of some hours, of the series from one number on. */
    private void send(int fromHour, int toHour, int firstSeries, int behindSeries) throws IOException {
        for (String tenant : TENANTS) {
            for (long t = start + fromHour * HOUR; t < start + toHour * HOUR; t += STEP) {
                for (int i = firstSeries; i < behindSeries; i++) {
                    Labels labels = Labels.of("__name__", "moved_total", "series", "" + i, "tenant", tenant);
                    long bits = Double.doubleToRawLongBits((double) (t - start) / STEP + i);
                    sent.get(tenant).add(labels, t, bits);
                    encoder.startSeries();
                    labels.forEach(encoder::label);
                    encoder.sample(t, bits).endSeries();
                }
                encoder.finish();
                byte[] body = Arrays.copyOf(encoder.body(), encoder.bodySize());
                HttpResponse<byte[]> answer = Http.send(Http.to(writePort, "/api/v1/receive")
                        .header("Content-Type", "application/x-protobuf")
                        .header("Content-Encoding", "snappy")
                        .header("THANOS-TENANT", tenant)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build());
                assertEquals(2, answer.statusCode() / 100, () -> new String(answer.body()));
            }
        }
    }

    @Test
    void aReceiverIsReplacedAndTakesOverAgainAsThePageSays() throws Exception {
        String thanos = Peers.program("thanos").toString();
        try (RunningProgram old = receive(thanos, "thanos receive")) {
            send(0, 5, 0, SERIES);
            assertEquals(0, old.stop(TIME_MAX), old::log);
        }
        Map<String, Integer> shippedByThanos = blocksOfTenants();
        cairn("cairn tsdb verify " + data + "/default-tenant");
        cairn("cairn tsdb verify " + data + "/team-b");

        try (RunningProgram ours = receive(Cairn.builtProgram().toString(), "cairn receive")) {
            send(5, 7, 0, SERIES);
            // One series is cut off for two hours, and delivers late.
            send(7, 9, 1, SERIES);
            send(9, 11, 0, SERIES);
            send(7, 9, 0, 1);
            ours.await("a block is cut", TIME_MAX, () -> Thanos.metric(httpPort, "cairn_blocks_cut_total") > 0);
            ours.await("everything is shipped", TIME_MAX, this::isEverythingShipped);
            assertEquals(0, ours.stop(TIME_MAX), ours::log);
            assertTrue(page.contains("`every block is in the bucket`"));
            assertTrue(ours.log().contains("every block is in the bucket"), ours::log);
        }
        checkDisk("given back");
        blocksOfTenants()
                .forEach((tenant, count) -> assertTrue(count > shippedByThanos.get(tenant), tenant + ": " + count));
        cairn("cairn bucket verify");
        try (RunningProgram again = receive(thanos, "thanos receive")) {
            send(11, 16, 0, SERIES);
            assertEquals(0, again.stop(TIME_MAX), again::log);
        }
        checkDisk("in the end");
        List<JsonNode> late = lateBlocks();
        assertFalse(late.isEmpty());
        checkBucket();
        late.forEach(block -> assertEquals("a-late", block.at("/labels/replica").asText()));
        List<String> marked = late.stream()
                .filter(block -> block.path("marks").toString().contains("no-compact"))
                .map(block -> block.path("ulid").asText() + " no-compact: mark removed")
                .toList();
        assertFalse(marked.isEmpty(), late::toString);
        assertEquals(marked, shell("cairn bucket ls").lines().toList());
        checkBucket();
    }

    /** Everything that was sent is in the directories. */
    private void checkDisk(String where) throws IOException {
        for (String tenant : TENANTS) {
            Path copy = Directories.copy(data.resolve(tenant), scratch.resolve(where.replace(' ', '-') + tenant));
            PromtoolDump.of(scratch, copy).assertEqualTo(sent.get(tenant), where + ", " + tenant);
        }
    }

    private JsonNode blocks() throws IOException {
        return new ObjectMapper()
                .readTree(Cairn.run(
                        scratch,
                        0,
                        "bucket",
                        "ls",
                        "--json",
                        "--objstore.config-file=" + scratch.resolve("bucket.yml")))
                .path("blocks");
    }

    /** What the page has its reader wait for: a line for each tenant, with none. */
    private boolean isEverythingShipped() {
        List<String> waiting = shell("curl -s 127.0.0.1:" + httpPort)
                .lines()
                .filter(line -> !line.startsWith("#"))
                .toList();
        return waiting.size() == TENANTS.size() && waiting.stream().allMatch(line -> line.matches(".* 0(\\.0)?"));
    }

    private Map<String, Integer> blocksOfTenants() throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        blocks().forEach(block -> counts.merge(block.at("/labels/tenant_id").asText(), 1, Integer::sum));
        return counts;
    }

    private List<JsonNode> lateBlocks() throws IOException {
        List<JsonNode> late = new ArrayList<>();
        blocks().forEach(block -> {
            if (block.path("late").asBoolean()) {
                late.add(block);
            }
        });
        return late;
    }

    /** Nothing overlaps, a compactor runs through, and all but what was newest at the end is there. */
    private void checkBucket() {
        Thanos over = new Thanos(scratch, bucket);
        String verified = over.run("tools", "bucket", "verify", "--issues=overlapped_blocks");
        assertFalse(verified.contains("level=warn") || verified.contains("level=error"), verified);
        String compacted = over.compact();
        assertFalse(compacted.contains("level=error") || compacted.contains("halt"), compacted);
        for (String tenant : TENANTS) {
            SampleSet found = over.query(
                    "moved_total{tenant=\"" + tenant + "\"}[" + 18 * HOUR / 1000 + "s]",
                    start + 17 * HOUR,
                    "chain",
                    true);
            SampleSet shipped = sent.get(tenant)
                    .between(start, start + 16 * HOUR - STEP - 1)
                    .withLabels(labels ->
                            labels.toBuilder().set("tenant_id", tenant).build());
            found.between(start, start + 16 * HOUR - STEP - 1).assertEqualTo(shipped, "in the bucket, " + tenant);
        }
    }
}
