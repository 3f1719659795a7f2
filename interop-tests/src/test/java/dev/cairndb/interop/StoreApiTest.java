package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The receiver and a real {@code thanos receive} with the same samples answer the same calls of the StoreAPI alike:
 * which series, in which order, with which samples in the range. How samples are cut into chunks and series into messages
 * is the store's own business; so are samples outside the range, which Thanos sends where they share a chunk.
 */
@Tag("interop")
class StoreApiTest {
    private static final int EQUAL = 0;
    private static final int NOT_EQUAL = 1;
    private static final int REGEX = 2;
    private static final int NOT_REGEX = 3;

    @TempDir
    static Path scratch;

    private static final List<AutoCloseable> RUNNING = new ArrayList<>();
    private static GrpcClient ours;
    private static GrpcClient theirs;

    @BeforeAll
    static void startBoth() throws Exception {
        Cairn cairn = Cairn.start(scratch.resolve("cairn"), scratch.resolve("cairn/data"));
        RUNNING.add(cairn);
        int grpc = Http.freePort();
        int write = Http.freePort();
        RUNNING.add(ThanosReceive.start(scratch, grpc, write, "--label=replica=\"a\"", "--tsdb.max-exemplars=1000"));
        MixedSeries.send(cairn.writePort(), "/api/v1/receive", 204);
        MixedSeries.send(write, "/api/v1/receive", 200);
        ours = new GrpcClient(cairn.grpcPort());
        RUNNING.add(ours);
        theirs = new GrpcClient(grpc);
        RUNNING.add(theirs);
        ProtoMessage any = request(0, matching(EQUAL, "__name__", "gauge"));
        assertTrue(Waiting.until(
                Duration.ofSeconds(60), () -> !seriesOf(theirs, any).isEmpty()));
    }

    @AfterAll
    static void stopBoth() throws Exception {
        for (AutoCloseable program : RUNNING) {
            program.close();
        }
    }

    private static ProtoMessage matching(int type, String name, String value) {
        return new ProtoMessage()
                .message(3, new ProtoMessage().number(1, type).text(2, name).text(3, value));
    }

    /** @param shortened so many steps at both ends of the range are not asked for */
    private static ProtoMessage request(int shortened, ProtoMessage fields) {
        return new ProtoMessage()
                .number(1, MixedSeries.BEGIN + shortened * MixedSeries.STEP_MILLIS)
                .number(2, MixedSeries.END - shortened * MixedSeries.STEP_MILLIS)
                .and(fields);
    }

    private static Map<String, ProtoMessage> selections() {
        Map<String, ProtoMessage> selections = new LinkedHashMap<>();
        selections.put("a metric", matching(EQUAL, "__name__", "gauge"));
        selections.put("everything", matching(REGEX, "__name__", ".+"));
        selections.put("histograms", matching(EQUAL, "__name__", "native"));
        selections.put("two labels", matching(EQUAL, "job", "one").and(matching(NOT_EQUAL, "instance", "i1")));
        selections.put("without a label", matching(EQUAL, "path", "").and(matching(REGEX, "__name__", "with.*")));
        selections.put(
                "no such value",
                matching(REGEX, "job", "o.*|two").and(matching(NOT_REGEX, "__name__", "latency.*|g.*")));
        selections.put("the replica", matching(EQUAL, "replica", "a").and(matching(EQUAL, "__name__", "steady_total")));
        selections.put("another", matching(EQUAL, "replica", "b").and(matching(EQUAL, "__name__", "steady_total")));
        selections.put("not a", matching(NOT_EQUAL, "replica", "a").and(matching(EQUAL, "__name__", "steady_total")));
        selections.put("tenants", matching(REGEX, "tenant_id", "def.*").and(matching(EQUAL, "instance", "i2")));
        selections.put("nothing", matching(EQUAL, "__name__", "absent"));
        return selections;
    }

    private static Map<String, ProtoMessage> options() {
        Map<String, ProtoMessage> options = new LinkedHashMap<>();
        options.put("plain", new ProtoMessage());
        options.put("skip chunks", new ProtoMessage().number(8, 1));
        options.put("without replica", new ProtoMessage().text(14, "replica"));
        options.put(
                "without tenant and replica",
                new ProtoMessage().text(14, "tenant_id").text(14, "replica"));
        options.put("without path", new ProtoMessage().text(14, "path"));
        options.put("without absent", new ProtoMessage().text(14, "absent"));
        options.put("limit", new ProtoMessage().number(15, 3));
        options.put("batches", new ProtoMessage().number(16, 5));
        options.put("raw", new ProtoMessage().number(5, 0));
        options.put("counts", new ProtoMessage().number(5, 1).number(4, 300_000));
        options.put("aborting", new ProtoMessage().number(7, 1));
        for (int shard = 0; shard < 3; shard++) {
            options.put("shard by " + shard, shard(shard, true, "instance", "__name__"));
            options.put("shard without " + shard, shard(shard, false, "instance", "le"));
            options.put(
                    "shard and without replica " + shard, shard(shard, false).text(14, "replica"));
        }
        return options;
    }

    private static ProtoMessage shard(int index, boolean by, String... labels) {
        ProtoMessage info = new ProtoMessage().number(1, index).number(2, 3).number(3, by ? 1 : 0);
        for (String label : labels) {
            info.text(4, label);
        }
        return new ProtoMessage().message(13, info);
    }

    @Test
    void seriesAreAnsweredAlike() throws IOException {
        int compared = 0;
        for (Map.Entry<String, ProtoMessage> selection : selections().entrySet()) {
            for (Map.Entry<String, ProtoMessage> option : options().entrySet()) {
                for (int shortened : new int[] {0, 70}) {
                    ProtoMessage request = request(
                            shortened,
                            new ProtoMessage().and(selection.getValue()).and(option.getValue()));
                    String what = selection.getKey() + ", " + option.getKey() + ", " + shortened + " steps less";
                    List<String> expected = seriesOf(theirs, request);
                    assertEquals(expected, seriesOf(ours, request), what);
                    compared += expected.size();
                }
            }
        }
        assertTrue(compared > 2500, "series: " + compared);
        System.out.println("StoreApiTest: " + compared + " series are sent as by thanos receive");
    }

    @Test
    void whatCannotBeAnsweredIsRefusedAlike() {
        Map<String, ProtoMessage> requests = new LinkedHashMap<>();
        requests.put("no matchers", new ProtoMessage());
        requests.put("no regex", matching(REGEX, "a", "("));
        requests.put("external only", matching(EQUAL, "replica", "a"));
        requests.put("external only, aborting", matching(EQUAL, "replica", "a").number(7, 1));
        requests.forEach((what, fields) -> {
            GrpcClient.Answer expected =
                    theirs.call("thanos.Store/Series", request(0, fields).toBytes());
            GrpcClient.Answer found =
                    ours.call("thanos.Store/Series", request(0, fields).toBytes());
            assertEquals(expected.status().getCode(), found.status().getCode(), what);
            assertEquals(warnings(expected), warnings(found), what);
        });
    }

    private static long warnings(GrpcClient.Answer answer) {
        return answer.messages().stream()
                .mapToLong(message -> ProtoMessage.all(message, 2).size())
                .sum();
    }

    /** Each series on a line: its labels, and its samples in the range of the request. */
    private static List<String> seriesOf(GrpcClient client, ProtoMessage request) {
        GrpcClient.Answer answer = client.call("thanos.Store/Series", request.toBytes());
        assertTrue(answer.status().isOk(), () -> String.valueOf(answer.status()));
        assertEquals(0, warnings(answer));
        List<ProtoMessage.Field> fields = ProtoMessage.read(request.toBytes());
        long from = fields.get(0).value();
        long to = fields.get(1).value();
        List<String> found = new ArrayList<>();
        String last = null;
        TreeMap<Long, String> samples = new TreeMap<>();
        for (byte[] series : seriesMessages(answer)) {
            String labels = labels(series);
            if (!Objects.equals(labels, last)) {
                addLine(last, samples, found);
                samples.clear();
                last = labels;
            }
            for (ProtoMessage.Field chunk : ProtoMessage.all(series, 2)) {
                readChunk(chunk.bytes(), from, to, samples);
            }
        }
        addLine(last, samples, found);
        return found;
    }

    private static void addLine(String labels, TreeMap<Long, String> samples, List<String> found) {
        if (labels != null) {
            found.add(labels + " " + samples);
        }
    }

    /** One by one and in batches. */
    private static List<byte[]> seriesMessages(GrpcClient.Answer answer) {
        List<byte[]> series = new ArrayList<>();
        for (byte[] message : answer.messages()) {
            ProtoMessage.all(message, 1).forEach(field -> series.add(field.bytes()));
            for (ProtoMessage.Field batch : ProtoMessage.all(message, 4)) {
                ProtoMessage.all(batch.bytes(), 1).forEach(field -> series.add(field.bytes()));
            }
        }
        return series;
    }

    private static String labels(byte[] series) {
        StringBuilder text = new StringBuilder();
        for (ProtoMessage.Field label : ProtoMessage.all(series, 1)) {
            ProtoMessage.read(label.bytes())
                    .forEach(part -> text.append(part.text()).append(part.number() == 1 ? '=' : ','));
        }
        return text.toString();
    }

    private static void readChunk(byte[] aggregates, long from, long to, TreeMap<Long, String> samples) {
        try {
            for (ProtoMessage.Field raw : ProtoMessage.all(aggregates, 3)) {
                int type = (int) ProtoMessage.all(raw.bytes(), 1).stream()
                        .mapToLong(ProtoMessage.Field::value)
                        .sum();
                byte[] data = ProtoMessage.all(raw.bytes(), 2).get(0).bytes();
                EncodedChunk chunk = new EncodedChunk();
                // Thanos counts the encodings from 0 on.
                ChunkEncoding encoding = Objects.requireNonNull(ChunkEncoding.ofId(type + 1));
                chunk.wrap(encoding, 0, 0, data, 0, data.length);
                SampleCursor cursor = new ChunkCursors().open(chunk);
                while (cursor.next()) {
                    long t = cursor.timestampMillis();
                    if (t >= from && t <= to) {
                        String value = cursor.kind() == SampleKind.FLOAT
                                ? Long.toHexString(cursor.valueBits())
                                : HistogramText.of(cursor.histogram());
                        assertEquals(null, samples.put(t, value), "two samples at " + t);
                    }
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void labelsAreAnsweredAlike() {
        int compared = 0;
        Map<String, ProtoMessage> selections = new LinkedHashMap<>(selections());
        selections.put("no matchers", new ProtoMessage());
        for (Map.Entry<String, ProtoMessage> selection : selections.entrySet()) {
            for (String without : List.of("", "replica", "instance")) {
                String what = selection.getKey() + ", without " + without;
                ProtoMessage names = labelsRequest(0, selection.getValue(), without);
                compared += compareTexts("thanos.Store/LabelNames", names, what);
                for (String label : List.of("__name__", "instance", "replica", "tenant_id", "path", "absent")) {
                    ProtoMessage values = new ProtoMessage().text(1, label);
                    compared += compareTexts(
                            "thanos.Store/LabelValues",
                            values.and(labelsRequest(1, selection.getValue(), without)),
                            label + ", " + what);
                }
            }
        }
        ProtoMessage all = labelsRequest(0, new ProtoMessage(), "");
        compared += compareTexts("thanos.Store/LabelNames", all.number(8, 2), "limit");
        assertTrue(compared > 300, "texts: " + compared);
        System.out.println("StoreApiTest: " + compared + " names and values are sent as by thanos receive");
    }

    @Test
    void exemplarsAreAnsweredAlike() {
        int compared = 0;
        for (String selectors : List.of(
                "latency_bucket",
                "latency_bucket{le=\"1\"}",
                "{instance=~\"i[12]\",job=\"one\"}",
                "latency_sum+latency_count",
                "latency_sum{replica=\"a\"}",
                "latency_sum{replica=\"b\"}",
                "gauge",
                "absent")) {
            for (int shortened : new int[] {0, 70}) {
                ProtoMessage request = new ProtoMessage()
                        .text(1, selectors)
                        .number(2, MixedSeries.BEGIN + shortened * MixedSeries.STEP_MILLIS)
                        .number(3, MixedSeries.END - shortened * MixedSeries.STEP_MILLIS);
                List<String> expected = exemplars(theirs, request);
                assertEquals(expected, exemplars(ours, request), selectors + ", " + shortened + " steps less");
                compared += expected.size();
            }
        }
        assertTrue(compared > 100, "exemplars: " + compared);
        System.out.println("StoreApiTest: " + compared + " exemplars are sent as by thanos receive");
    }

    /** Each with its series, sorted: the order of series is the store's own business. */
    private static List<String> exemplars(GrpcClient client, ProtoMessage request) {
        GrpcClient.Answer answer = client.call("thanos.Exemplars/Exemplars", request.toBytes());
        assertTrue(answer.status().isOk(), () -> String.valueOf(answer.status()));
        assertEquals(0, warnings(answer));
        List<String> found = new ArrayList<>();
        for (byte[] message : answer.messages()) {
            for (ProtoMessage.Field data : ProtoMessage.all(message, 1)) {
                String series = labelSets(data.bytes(), 1).toString();
                for (ProtoMessage.Field exemplar : ProtoMessage.all(data.bytes(), 2)) {
                    found.add(series + " " + labelSets(exemplar.bytes(), 1) + " " + numbers(exemplar.bytes(), 2) + " "
                            + numbers(exemplar.bytes(), 3));
                }
            }
        }
        found.sort(null);
        return found;
    }

    private static List<String> labelSets(byte[] message, int number) {
        return ProtoMessage.all(message, number).stream()
                .map(set -> labels(set.bytes()))
                .toList();
    }

    private static List<Long> numbers(byte[] message, int number) {
        return ProtoMessage.all(message, number).stream()
                .map(ProtoMessage.Field::value)
                .toList();
    }

    @Test
    void infoSaysTheSameLabelsAndServices() {
        byte[] expected = info(theirs);
        byte[] found = info(ours);
        assertEquals(labelSets(expected, 1), labelSets(found, 1));
        assertEquals(fieldNumbers(expected), fieldNumbers(found));
        assertEquals(
                ProtoMessage.all(expected, 2).get(0).text(),
                ProtoMessage.all(found, 2).get(0).text());
        byte[] theirStore = ProtoMessage.all(expected, 3).get(0).bytes();
        byte[] ourStore = ProtoMessage.all(found, 3).get(0).bytes();
        assertEquals(fieldNumbers(theirStore), fieldNumbers(ourStore));
        for (int flag = 3; flag <= 5; flag++) {
            assertEquals(numbers(theirStore, flag), numbers(ourStore, flag), "field " + flag);
        }
        for (byte[] store : List.of(theirStore, ourStore)) {
            // How much earlier is the store's own business: what comes late may be, too.
            assertTrue(numbers(store, 1).get(0) <= MixedSeries.BEGIN);
            assertEquals(List.of(Long.MAX_VALUE), numbers(store, 2));
        }
        assertEquals(tenantLabels(theirStore), tenantLabels(ourStore));
    }

    private static byte[] info(GrpcClient client) {
        GrpcClient.Answer answer = client.call("thanos.info.Info/Info", new byte[0]);
        assertTrue(answer.status().isOk(), () -> String.valueOf(answer.status()));
        return answer.messages().get(0);
    }

    private static TreeSet<Integer> fieldNumbers(byte[] message) {
        TreeSet<Integer> numbers = new TreeSet<>();
        ProtoMessage.read(message).forEach(field -> numbers.add(field.number()));
        return numbers;
    }

    private static List<String> tenantLabels(byte[] store) {
        return ProtoMessage.all(store, 6).stream()
                .map(tenant -> labelSets(tenant.bytes(), 1).toString())
                .sorted()
                .toList();
    }

    @Test
    void figuresOfTheHeadAreAnsweredAlike() {
        int compared = 0;
        for (String tenant : List.of("", "default-tenant", "absent")) {
            for (int limit : new int[] {0, 1, 3, 100}) {
                String what = "tenant '" + tenant + "', at most " + limit;
                compared += StatusFigures.compare(theirs, ours, tenant, limit, what);
            }
        }
        assertTrue(compared > 100, "figures: " + compared);
        System.out.println("StoreApiTest: " + compared + " figures of the head are sent as by thanos receive");
    }

    /** @param before so many fields more has the request in front of these, than that for names */
    private static ProtoMessage labelsRequest(int before, ProtoMessage matchers, String without) {
        ProtoMessage request =
                new ProtoMessage().number(3 + before, MixedSeries.BEGIN).number(4 + before, MixedSeries.END);
        if (!without.isEmpty()) {
            request.text(7 + before, without);
        }
        for (ProtoMessage.Field matcher : ProtoMessage.read(matchers.toBytes())) {
            ProtoMessage copy = new ProtoMessage();
            ProtoMessage.read(matcher.bytes()).forEach(part -> {
                if (part.number() == 1) {
                    copy.number(1, part.value());
                } else {
                    copy.text(part.number(), part.text());
                }
            });
            request.message(6 + before, copy);
        }
        return request;
    }

    private static int compareTexts(String method, ProtoMessage request, String what) {
        GrpcClient.Answer expected = theirs.call(method, request.toBytes());
        GrpcClient.Answer found = ours.call(method, request.toBytes());
        assertEquals(expected.status().getCode(), found.status().getCode(), what);
        if (!expected.status().isOk()) {
            return 0;
        }
        assertEquals(texts(expected), texts(found), method + " " + what);
        return texts(expected).size();
    }

    private static List<String> texts(GrpcClient.Answer answer) {
        return ProtoMessage.all(answer.messages().get(0), 1).stream()
                .map(ProtoMessage.Field::text)
                .toList();
    }
}
