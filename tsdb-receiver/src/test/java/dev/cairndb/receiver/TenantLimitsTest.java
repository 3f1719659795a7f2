package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a sender hears of the limits of its tenant. */
class TenantLimitsTest {
    private static final String TENANT = "THANOS-TENANT";
    /** At one a second nothing comes back meanwhile, however slow the machine is. */
    private static final int BURST = 200;

    private static final long NOW = System.currentTimeMillis();

    private static HttpResponse<String> write(RunningReceiver receiver, String tenant, int series) throws Exception {
        return write(receiver, tenant, series, NOW);
    }

    private static HttpResponse<String> write(RunningReceiver receiver, String tenant, int series, long timestampMillis)
            throws Exception {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < series; i++) {
            names.add("m" + i);
        }
        return receiver.post(RunningReceiver.RECEIVE, RunningReceiver.body(names, timestampMillis, 1), TENANT, tenant);
    }

    private static void hears(int status, HttpResponse<String> answer) {
        assertEquals(status, answer.statusCode(), answer.body());
        assertEquals(
                status == 429 || status == 503,
                answer.headers().firstValue("Retry-After").isPresent(),
                answer.headers()::toString);
    }

    private static void shows(RunningReceiver receiver, String line) throws Exception {
        String metrics = receiver.get(receiver.admin("/metrics")).body();
        assertTrue(metrics.lines().anyMatch(line::equals), line + " is not in\n" + metrics);
    }

    private static String refused(String reason, String tenant, int count) {
        return "cairn_receiver_writes_refused_total{reason=\"" + reason + "\",tenant=\"" + tenant + "\"} " + count
                + ".0";
    }

    @Test
    void limitsOfOneRequestAreAnswered413(@TempDir Path folder) throws Exception {
        String limits = "write: {default: {request: {size_bytes_limit: 200, series_limit: 3, samples_limit: 3}},"
                + " tenants: {free: {request: {size_bytes_limit: 0, series_limit: 0, samples_limit: 0}},"
                + " many: {request: {size_bytes_limit: 0, series_limit: 0}}}}";
        try (RunningReceiver receiver = RunningReceiver.start(folder, "--receive.limits-config=" + limits)) {
            hears(204, write(receiver, "a", 3));
            hears(413, write(receiver, "a", 4));
            hears(413, write(receiver, "a", 100));
            hears(413, write(receiver, "many", 4));
            hears(204, write(receiver, "free", 100));
            shows(receiver, refused("request_series", "a", 1));
            shows(receiver, refused("request_bytes", "a", 1));
            shows(receiver, refused("request_samples", "many", 1));
            shows(receiver, "thanos_receive_write_limits{limit=\"series\",tenant=\"\"} 3.0");
            shows(receiver, "thanos_receive_write_limits{limit=\"body_size\",tenant=\"free\"} 0.0");
        }
    }

    @Test
    void seriesAndRatesAreAnswered429AndTheRestIsStored(@TempDir Path folder) throws Exception {
        String limits = "write: {default: {head_series_limit: 5}, tenants: {"
                + "slow: {head_series_limit: 0, rate: {samples_per_second_limit: 1, samples_burst: " + BURST + "}},"
                + "flat: {series_per_metric_limit: 1}}}";
        try (RunningReceiver receiver = RunningReceiver.start(folder, "--receive.limits-config=" + limits)) {
            hears(204, write(receiver, "a", 5));
            hears(429, write(receiver, "a", 7));
            hears(204, write(receiver, "a", 5, NOW + 1));
            assertEquals(
                    10,
                    StoredSamples.of(receiver.receiver().tenants().known("a")).size());
            shows(receiver, "thanos_receive_head_series_limited_requests_total{tenant=\"a\"} 1.0");
            shows(receiver, "thanos_receive_head_series_limit{tenant=\"\"} 5.0");

            hears(204, write(receiver, "slow", BURST));
            HttpResponse<String> refused = write(receiver, "slow", BURST, NOW + 1);
            hears(429, refused);
            int seconds =
                    Integer.parseInt(refused.headers().firstValue("Retry-After").orElse(""));
            assertTrue(seconds >= 1 && seconds <= BURST, refused.headers()::toString);
            shows(receiver, refused("samples_per_second", "slow", 1));
            shows(receiver, "cairn_writes_refused_total{limit=\"samples_per_second\",tenant=\"slow\"} 1.0");
            hears(204, write(receiver, "flat", 5));
        }
    }

    @Test
    void rateOfAllTenantsIsTheProcesssAndAnswered503(@TempDir Path folder) throws Exception {
        String limits = "write: {global: {tenants_limit: 2, rate: {samples_per_second_limit: 1, samples_burst: "
                + 2 * BURST + "}}}";
        try (RunningReceiver receiver = RunningReceiver.start(folder, "--receive.limits-config=" + limits)) {
            hears(204, write(receiver, "a", BURST));
            hears(204, write(receiver, "b", BURST));
            hears(503, write(receiver, "a", BURST, NOW + 1));
            shows(receiver, refused("runtime_samples_per_second", "a", 1));
            hears(429, write(receiver, "c", 1));
            shows(receiver, refused("tenants", "", 1));
            assertTrue(Files.notExists(receiver.dataDirectory().resolve("c")));
        }
        // Stores that are there are opened, whatever the limit says now.
        try (RunningReceiver receiver =
                RunningReceiver.start(folder, "--receive.limits-config=write: {global: {tenants_limit: 1}}")) {
            hears(204, write(receiver, "b", 1, NOW + 2));
            hears(429, write(receiver, "c", 1));
        }
    }

    @Test
    void aChangedFileHoldsWithoutARestart(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("limits.yaml");
        Files.writeString(file, "write: {default: {head_series_limit: 2}}");
        try (RunningReceiver receiver = RunningReceiver.start(
                folder, "--receive.limits-config-file=" + file, "--receive.limits-config-reload-timer=10ms")) {
            hears(204, write(receiver, "a", 2));
            hears(429, write(receiver, "a", 4));
            replace(file, "write: {default: {head_series_limit: 200, request: {series_limit: 50}}}");
            await(receiver, "thanos_receive_head_series_limit{tenant=\"\"} 200.0");
            // What is shown is set a moment before it holds for stores that are open.
            Patience.await("the new limit", () -> write(receiver, "a", 4).statusCode() == 204);
            hears(413, write(receiver, "a", 51));
            replace(file, "write: {default: {head_series_limit: nonsense}}");
            await(receiver, "cairn_receiver_limits_config_good 0.0");
            hears(413, write(receiver, "a", 51));
            shows(receiver, "thanos_receive_limits_config_reload_total 1.0");
        }
    }

    private static void replace(Path file, String yaml) throws Exception {
        Path next = Files.writeString(file.resolveSibling("next.yaml"), yaml);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void await(RunningReceiver receiver, String line) throws Exception {
        Patience.await(
                line,
                () -> receiver.get(receiver.admin("/metrics")).body().lines().anyMatch(line::equals));
    }

    @Test
    void queriesAreLimitedOnAllPaths(@TempDir Path folder) throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(folder, "--limits.query-series=3")) {
            String job = "?match[]=%7Bjob=%22x%22%7D".replace("[]", "%5B%5D");
            hears(204, receiver.post(RunningReceiver.RECEIVE, RunningReceiver.body(List.of("a", "b", "c"), NOW, 1)));
            assertEquals(
                    200, receiver.get(receiver.admin("/api/v1/series" + job)).statusCode());
            assertEquals(200, receiver.get(receiver.admin("/federate" + job)).statusCode());
            hears(204, receiver.post(RunningReceiver.RECEIVE, RunningReceiver.body("d", NOW, 1)));
            HttpResponse<String> refused = receiver.get(receiver.admin("/api/v1/series" + job));
            assertEquals(422, refused.statusCode(), refused.body());
            assertTrue(refused.body().contains("too many series"), refused.body());
            shows(receiver, "cairn_queries_stopped_total{reason=\"series\",tenant=\"default-tenant\"} 1.0");
        }
        try (RunningReceiver receiver = RunningReceiver.start(folder, "--limits.query-time=1ms")) {
            String all = "/api/v1/series?match%5B%5D=%7Bjob=~%22.%2B%22%7D";
            HttpResponse<String> answer = receiver.get(receiver.admin(all));
            assertTrue(answer.statusCode() == 200 || answer.statusCode() == 503, answer.body());
        }
    }
}
