package dev.cairndb.receiver;

import static dev.cairndb.receiver.GrpcMessages.EQUAL;
import static dev.cairndb.receiver.GrpcMessages.NOW;
import static dev.cairndb.receiver.GrpcMessages.SERIES;
import static dev.cairndb.receiver.GrpcMessages.labelSets;
import static dev.cairndb.receiver.GrpcMessages.matcher;
import static dev.cairndb.receiver.GrpcMessages.number;
import static dev.cairndb.receiver.GrpcMessages.post;
import static dev.cairndb.receiver.GrpcMessages.request;
import static dev.cairndb.receiver.GrpcMessages.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.receiver.grpc.RawCalls;
import dev.cairndb.tsdb.Tsdb;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of calls that concern many tenants if one of them cannot be asked, or has too much. */
class GrpcTenantTroubleTest {
    @TempDir
    Path folder;

    private static List<String> warnings(RawCalls.Answer answer) {
        return answer.messages().stream()
                .flatMap(message -> RawCalls.all(message, 2).stream())
                .map(GrpcMessages::string)
                .toList();
    }

    @Test
    void exemplarsAndStatusNameTheTenantWhoseStoreCannotBeOpened() throws Exception {
        Path data = Files.createDirectories(folder.resolve("data"));
        Files.createDirectories(data.resolve("taken"));
        try (Tsdb other = Tsdb.builder(data.resolve("taken")).open();
                RunningReceiver receiver = RunningReceiver.start(folder);
                RawCalls calls = new RawCalls(receiver.receiver().grpcPort())) {
            assertNotNull(other);
            post(receiver, "good", List.of(Labels.of("__name__", "up")));
            Consumer<ByteWriter> exemplars =
                    text(1, "up").andThen(number(2, NOW - 1000)).andThen(number(3, NOW + 1000));
            RawCalls.Answer answer = calls.call("thanos.Exemplars/Exemplars", RawCalls.message(exemplars));
            assertEquals("OK", answer.code());
            assertEquals(List.of("get exemplars for tenant taken: the store is not open"), warnings(answer));
            assertEquals(
                    "ABORTED",
                    calls.call("thanos.Exemplars/Exemplars", RawCalls.message(exemplars.andThen(number(4, 1))))
                            .code());

            String statistics = "thanos.Status/TSDBStatistics";
            answer = calls.call(statistics, new byte[0]);
            assertEquals("OK", answer.code());
            assertEquals(List.of("get statistics of tenant taken: the store is not open"), warnings(answer));
            byte[] all = RawCalls.all(answer.messages().get(1), 1).get(0);
            assertEquals(1, RawCalls.all(all, 1).size());
            assertEquals(
                    "ABORTED",
                    calls.call(statistics, RawCalls.message(number(3, 1))).code());
            assertEquals(
                    "OK",
                    calls.call(statistics, RawCalls.message(text(1, "good").andThen(number(3, 1))))
                            .code());
        }
    }

    @Test
    void ofSeriesThatMustBeSortedNoMoreAreHeldThanAreSent() throws Exception {
        try (RunningReceiver receiver =
                        RunningReceiver.start(folder, "--label=replica=\"r\"", "--store.limits.request-series=20");
                RawCalls calls = new RawCalls(receiver.receiver().grpcPort())) {
            List<Labels> series = new ArrayList<>();
            List<Labels> sent = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String number = String.valueOf(1000 + i);
                // Their order is another one without the label.
                String other = String.valueOf(1000 + i * 7 % 200);
                series.add(Labels.of("__name__", "up", "node", number, "pod", other));
                sent.add(Labels.of("__name__", "up", "pod", other, "replica", "r", "tenant_id", "a"));
            }
            post(receiver, "a", series);
            sent.sort(null);
            Consumer<ByteWriter> up = matcher(3, EQUAL, "__name__", "up").andThen(text(14, "node"));
            assertEquals("RESOURCE_EXHAUSTED", calls.call(SERIES, request(up)).code());
            for (int limit : new int[] {1, 2, 7, 20}) {
                assertEquals(sent.subList(0, limit), labelSets(calls.call(SERIES, request(up, number(15, limit)))));
            }
            assertEquals(
                    "RESOURCE_EXHAUSTED",
                    calls.call(SERIES, request(up, number(15, 21))).code());
        }
    }

    @Test
    void aMatcherOfAnUnknownTypeIsRefused() throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(folder);
                RawCalls calls = new RawCalls(receiver.receiver().grpcPort())) {
            for (long type : new long[] {4, -1, 1L << 32}) {
                byte[] request = request(message -> RawCalls.bytes(message, 3, RawCalls.message(matcher -> {
                    RawCalls.number(matcher, 1, type);
                    RawCalls.bytes(matcher, 2, "a".getBytes(StandardCharsets.UTF_8));
                })));
                RawCalls.Answer answer = calls.call(SERIES, request);
                assertEquals("INVALID_ARGUMENT", answer.code(), "type " + type);
                assertTrue(String.valueOf(answer.status().getDescription()).contains("type 0 to 3"));
            }
        }
    }
}
