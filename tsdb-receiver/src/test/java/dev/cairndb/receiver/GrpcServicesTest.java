package dev.cairndb.receiver;

import static dev.cairndb.receiver.GrpcMessages.EQUAL;
import static dev.cairndb.receiver.GrpcMessages.NOW;
import static dev.cairndb.receiver.GrpcMessages.REGEX;
import static dev.cairndb.receiver.GrpcMessages.SERIES;
import static dev.cairndb.receiver.GrpcMessages.labelSets;
import static dev.cairndb.receiver.GrpcMessages.labelsRequest;
import static dev.cairndb.receiver.GrpcMessages.matcher;
import static dev.cairndb.receiver.GrpcMessages.number;
import static dev.cairndb.receiver.GrpcMessages.post;
import static dev.cairndb.receiver.GrpcMessages.request;
import static dev.cairndb.receiver.GrpcMessages.series;
import static dev.cairndb.receiver.GrpcMessages.string;
import static dev.cairndb.receiver.GrpcMessages.text;
import static dev.cairndb.receiver.GrpcMessages.texts;
import static dev.cairndb.receiver.GrpcMessages.writeSeries;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.receiver.grpc.RawCalls;
import dev.cairndb.tsdb.Tsdb;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrpcServicesTest {
    @TempDir
    Path folder;

    /** Against a naive model: the labels of each series with the external ones, all sorted. */
    @Test
    void seriesComeInTheOrderOfTheLabelsThatAreSent() throws Exception {
        Random random = new Random(7);
        List<String> names = List.of("a", "m", "n", "replica", "s", "tenant_id", "z");
        try (RunningReceiver receiver = RunningReceiver.start(folder, "--label=replica=\"r\"", "--label=mm=\"1\"");
                RawCalls calls = new RawCalls(receiver.receiver().grpcPort())) {
            for (String tenant : List.of("one", "two", "three")) {
                // Of the last one, series have labels that external ones replace.
                List<String> used = tenant.equals("three") ? names : List.of("a", "m", "n", "s", "z");
                TreeSet<Labels> series = new TreeSet<>();
                for (int i = 0; i < 120; i++) {
                    Labels.Builder labels = Labels.builder().add("__name__", "x" + random.nextInt(2));
                    for (String name : used) {
                        if (random.nextInt(3) == 0) {
                            labels.add(name, "" + random.nextInt(2));
                        }
                    }
                    series.add(labels.build());
                }
                post(receiver, tenant, List.copyOf(series));
                for (String without : List.of("", "n", "replica", "mm")) {
                    List<Labels> expected = new ArrayList<>();
                    series.forEach(labels -> expected.add(sent(labels, tenant, without)));
                    expected.sort(null);
                    RawCalls.Answer answer = calls.call(
                            SERIES,
                            request(
                                    matcher(3, REGEX, "__name__", ".+"),
                                    matcher(3, EQUAL, "tenant_id", tenant),
                                    number(8, 1),
                                    text(14, without)));
                    assertEquals(expected, labelSets(answer), tenant + " without " + without);
                }
            }
            List<Labels> all = labelSets(calls.call(SERIES, request(matcher(3, REGEX, "__name__", ".+"))));
            assertEquals(all.stream().sorted().toList(), all);
            List<Labels> shares = new ArrayList<>();
            for (int index = 0; index < 3; index++) {
                int shard = index;
                shares.addAll(labelSets(calls.call(
                        SERIES,
                        request(
                                matcher(3, REGEX, "__name__", ".+"),
                                message -> RawCalls.bytes(message, 13, RawCalls.message(info -> {
                                    RawCalls.number(info, 1, shard);
                                    RawCalls.number(info, 2, 3);
                                    RawCalls.number(info, 3, 1);
                                    RawCalls.bytes(info, 4, new byte[] {'a'});
                                }))))));
            }
            assertEquals(all, shares.stream().sorted().toList());
            RawCalls.Answer batches =
                    calls.call(SERIES, request(matcher(3, REGEX, "__name__", ".+"), number(15, 50), number(16, 20)));
            assertEquals(all.subList(0, 50), labelSets(batches));
            assertEquals(3, batches.messages().size());
        }
    }

    private static Labels sent(Labels own, String tenant, String without) {
        Labels.Builder labels = own.toBuilder();
        labels.set("replica", "r").set("mm", "1").set("tenant_id", tenant);
        return without.isEmpty() ? labels.build() : labels.set(without, "").build();
    }

    @Test
    void callsAreAnsweredAsByThanos() throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(
                        folder,
                        "--label=replica=\"r\"",
                        "--storage.float-encoding=xor2",
                        "--store.limits.request-series=2");
                RawCalls calls = new RawCalls(receiver.receiver().grpcPort())) {
            post(receiver, "one", List.of(Labels.of("__name__", "up", "job", "x"), Labels.of("__name__", "up")));
            post(receiver, "two", List.of(Labels.of("__name__", "down", "job", "y")));

            RawCalls.Answer info = calls.call("thanos.info.Info/Info", new byte[0]);
            assertEquals(
                    "receive", string(RawCalls.all(info.messages().get(0), 2).get(0)));
            assertEquals(2, RawCalls.all(info.messages().get(0), 1).size());
            byte[] health = calls.call("grpc.health.v1.Health/Check", new byte[0])
                    .messages()
                    .get(0);
            assertEquals(1, RawCalls.number(health, 1));

            List<byte[]> up = series(calls.callPacked(SERIES, request(matcher(3, EQUAL, "__name__", "up"))));
            assertEquals(2, up.size());
            byte[] chunk = RawCalls.all(RawCalls.all(up.get(0), 2).get(0), 3).get(0);
            assertEquals(0, RawCalls.number(chunk, 1), "XOR, whatever the store has");
            assertEquals(1, RawCalls.all(chunk, 2).get(0)[1], "samples");

            assertEquals("INVALID_ARGUMENT", calls.call(SERIES, request()).code());
            assertEquals("INVALID_ARGUMENT", calls.call(SERIES, new byte[] {10}).code());
            assertEquals(
                    "INVALID_ARGUMENT",
                    calls.call(SERIES, request(matcher(3, REGEX, "a", "("))).code());
            RawCalls.Answer warned = calls.call(SERIES, request(matcher(3, EQUAL, "replica", "r")));
            assertEquals("OK", warned.code());
            assertEquals(
                    2,
                    warned.messages().stream()
                            .filter(m -> !RawCalls.all(m, 2).isEmpty())
                            .count());
            assertEquals(
                    "ABORTED",
                    calls.call(SERIES, request(matcher(3, EQUAL, "replica", "r"), number(7, 1)))
                            .code());
            assertEquals(
                    List.of(),
                    series(calls.call(
                            SERIES, request(matcher(3, EQUAL, "replica", "b"), matcher(3, EQUAL, "__name__", "up")))));
            assertEquals(
                    "RESOURCE_EXHAUSTED",
                    calls.call(SERIES, request(matcher(3, REGEX, "__name__", ".+")))
                            .code());

            assertEquals(
                    List.of("__name__", "job", "replica", "tenant_id"),
                    texts(calls.call("thanos.Store/LabelNames", labelsRequest(3))));
            assertEquals(
                    List.of("x"),
                    texts(calls.call(
                            "thanos.Store/LabelValues",
                            labelsRequest(4, text(1, "job"), matcher(7, EQUAL, "tenant_id", "one")))));
            assertEquals(
                    List.of("two"),
                    texts(calls.call(
                            "thanos.Store/LabelValues",
                            labelsRequest(4, text(1, "tenant_id"), matcher(7, EQUAL, "__name__", "down")))));
            assertEquals(
                    List.of(),
                    texts(calls.call("thanos.Store/LabelValues", labelsRequest(4, text(1, "job"), text(8, "job")))));
            byte[] statistics = calls.call("thanos.Status/TSDBStatistics", new byte[0])
                    .messages()
                    .get(0);
            assertEquals(2, RawCalls.all(RawCalls.all(statistics, 1).get(0), 1).size());
            assertEquals(
                    "UNIMPLEMENTED",
                    calls.call("thanos.Rules/Rules", new byte[0]).code());
        }
    }

    @Test
    void whatRoutersForwardIsStoredOrRefusedWithTheCodeTheyUnderstand() throws Exception {
        String write = "thanos.WriteableStore/RemoteWrite";
        try (RunningReceiver receiver = RunningReceiver.start(folder, "--label=replica=\"r\"");
                RawCalls calls = new RawCalls(receiver.receiver().grpcPort())) {
            Consumer<ByteWriter> one = writeSeries("one", NOW, 1);
            Consumer<ByteWriter> other = writeSeries("one", NOW, 2);
            assertEquals(
                    "OK",
                    calls.call(write, RawCalls.message(one.andThen(text(2, "old"))))
                            .code());
            byte[] both = RawCalls.message(message -> {
                RawCalls.bytes(message, 4, RawCalls.message(one.andThen(text(2, "old"))));
                RawCalls.bytes(message, 4, RawCalls.message(one.andThen(text(2, "new"))));
            });
            assertEquals("OK", calls.callPacked(write, both).code());
            assertEquals(
                    "ALREADY_EXISTS",
                    calls.call(write, RawCalls.message(other.andThen(text(2, "new"))))
                            .code());
            assertEquals(
                    "ALREADY_EXISTS",
                    calls.call(write, RawCalls.message(one.andThen(text(2, ".."))))
                            .code());
            assertEquals(
                    "INVALID_ARGUMENT", calls.call(write, new byte[] {10, 100}).code());
            assertEquals("OK", calls.call(write, new byte[0]).code());
            List<Labels> stored = labelSets(calls.call(SERIES, request(matcher(3, EQUAL, "__name__", "one"))));
            assertEquals(
                    List.of("new", "old"),
                    stored.stream().map(labels -> labels.get("tenant_id")).toList());
            assertTrue(receiver.get(receiver.admin("/metrics"))
                    .body()
                    .contains("grpc_server_handled_total{grpc_code=\"AlreadyExists\",grpc_method=\"RemoteWrite\""));
        }
    }

    @Test
    void messagesThatCannotBeUnpackedAreRefused() throws Exception {
        String write = "thanos.WriteableStore/RemoteWrite";
        byte[] message = RawCalls.message(writeSeries("one", NOW, 1));
        byte[] large = RawCalls.message(text(99, "x".repeat(1 << 20)));
        try (RunningReceiver receiver = RunningReceiver.start(folder, "--limits.request-body-size=" + (1 << 20));
                RawCalls calls = new RawCalls(receiver.receiver().grpcPort())) {
            // In front is the identifier, of 10 bytes; a frame begins with its kind, length and checksum.
            for (int position : new int[] {0, 4, 11, 14}) {
                try (RawCalls damaged = new RawCalls(receiver.receiver().grpcPort(), RawCalls.damaging(position))) {
                    assertEquals(
                            "INVALID_ARGUMENT",
                            damaged.callPacked(write, message).code(),
                            "byte " + position);
                }
            }
            assertEquals("RESOURCE_EXHAUSTED", calls.callPacked(write, large).code());
            assertEquals("RESOURCE_EXHAUSTED", calls.call(write, large).code());
            assertEquals("OK", calls.callPacked(write, message).code());
        }
    }

    @Test
    void aTenantThatCannotBeReadIsNamedAndTheOthersAreAnswered() throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(folder, "--limits.query-series=2");
                RawCalls calls = new RawCalls(receiver.receiver().grpcPort())) {
            post(receiver, "a", List.of(Labels.of("__name__", "up", "job", "x")));
            post(
                    receiver,
                    "b",
                    List.of(
                            Labels.of("__name__", "up", "job", "x"),
                            Labels.of("__name__", "up", "job", "y"),
                            Labels.of("__name__", "up", "job", "z")));
            post(receiver, "c", List.of(Labels.of("__name__", "up", "job", "x")));
            Consumer<ByteWriter> up = matcher(3, EQUAL, "__name__", "up");
            RawCalls.Answer answer = calls.call(SERIES, request(up));
            List<String> tenants = labelSets(answer).stream()
                    .map(labels -> labels.get("tenant_id"))
                    .toList();
            assertTrue(tenants.containsAll(List.of("a", "c")), tenants::toString);
            List<String> warnings = answer.messages().stream()
                    .flatMap(message -> RawCalls.all(message, 2).stream())
                    .map(GrpcMessages::string)
                    .toList();
            assertEquals(1, warnings.size(), warnings::toString);
            assertTrue(
                    warnings.get(0).contains("tenant b ") && warnings.get(0).contains("too many series"),
                    warnings::toString);
            assertEquals(
                    "RESOURCE_EXHAUSTED",
                    calls.call(SERIES, request(up, number(7, 1))).code());
        }
    }

    /** After UNAVAILABLE a router would leave all tenants alone. */
    @Test
    void troubleOfOneTenantDoesNotMakeTheReceiverUnavailable() throws Exception {
        String write = "thanos.WriteableStore/RemoteWrite";
        Path data = Files.createDirectories(folder.resolve("data"));
        Files.writeString(data.resolve("file"), "mine");
        Files.createDirectories(data.resolve("taken"));
        try (Tsdb other = Tsdb.builder(data.resolve("taken")).open();
                RunningReceiver receiver = RunningReceiver.start(folder);
                RawCalls calls = new RawCalls(receiver.receiver().grpcPort())) {
            assertNotNull(other);
            for (String tenant : List.of("taken", "file")) {
                byte[] message = RawCalls.message(writeSeries("one", NOW, 1).andThen(text(2, tenant)));
                assertEquals("INTERNAL", calls.call(write, message).code(), tenant);
            }
            byte[] message = RawCalls.message(writeSeries("one", NOW, 1).andThen(text(2, "good")));
            assertEquals("OK", calls.call(write, message).code());
        }
    }

    @Test
    void whatComesInIsTakenFromTheBytesInFlight() throws Exception {
        String write = "thanos.WriteableStore/RemoteWrite";
        // Nothing that the receiver knows, and nothing that ends.
        byte[] large = RawCalls.message(text(99, "x".repeat(1 << 20)));
        try (RunningReceiver receiver = RunningReceiver.start(
                        folder, "--limits.in-flight-size=" + (6 << 20), "--limits.request-body-size=" + (2 << 20));
                RawCalls calls = new RawCalls(receiver.receiver().grpcPort())) {
            List<RawCalls.Open> open = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                open.add(calls.begin(write, large));
            }
            ByteBudgetWatch.await(receiver, 4L * (large.length - 1024));
            assertEquals("UNAVAILABLE", calls.begin(write, large).ended().join().code());
            assertEquals(
                    "UNAVAILABLE", calls.begin(SERIES, large).ended().join().code());
            assertEquals(
                    "OK", calls.call("grpc.health.v1.Health/Check", new byte[0]).code());
            ByteBudgetWatch.await(receiver, 4L * (large.length - 1024));
            open.get(0).call().cancel("enough", null);
            open.get(1).call().halfClose();
            assertEquals("OK", open.get(1).ended().join().code());
            ByteBudgetWatch.await(receiver, 2L * (large.length - 1024));
            open.forEach(call -> call.call().cancel("enough", null));
            ByteBudgetWatch.await(receiver, 0);
        }
    }
}
