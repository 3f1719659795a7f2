package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.tsdb.Tsdb;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TenantsTest {
    private static final String TENANT = "THANOS-TENANT";
    private static final long NOW = System.currentTimeMillis();

    @Test
    void eachTenantHasAStoreOfItsOwnThatIsThereAgainAfterARestart(@TempDir Path folder) throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(folder)) {
            assertEquals(204, write(receiver, "a", "m1").statusCode());
            assertEquals(204, write(receiver, "b", "m2").statusCode());
            assertEquals(
                    204,
                    receiver.post(RunningReceiver.RECEIVE, RunningReceiver.body("m3", NOW, 1))
                            .statusCode());
        }
        try (RunningReceiver receiver = RunningReceiver.start(folder)) {
            Tenants tenants = receiver.receiver().tenants();
            assertEquals(
                    List.of("a", "b", "default-tenant"),
                    tenants.all().stream().map(Tenant::name).toList());
            assertEquals(1, StoredSamples.of(tenants.known("a")).size());
            assertTrue(StoredSamples.of(tenants.known("a")).get(0).contains("m1"));
            assertTrue(StoredSamples.of(tenants.known("b")).get(0).contains("m2"));
            assertTrue(StoredSamples.of(tenants.known("default-tenant")).get(0).contains("m3"));
        }
    }

    @Test
    void headerAndDefaultAreConfigurable(@TempDir Path folder) throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(
                folder, "--receive.tenant-header=X-Scope-OrgID", "--receive.default-tenant-id=nobody")) {
            byte[] body = RunningReceiver.body("up", NOW, 1);
            assertEquals(
                    204,
                    receiver.post(RunningReceiver.RECEIVE, body, "X-Scope-OrgID", "me")
                            .statusCode());
            assertEquals(
                    204,
                    receiver.post(RunningReceiver.RECEIVE, body, TENANT, "unseen")
                            .statusCode());
            assertEquals(
                    List.of("me", "nobody"),
                    receiver.receiver().tenants().all().stream()
                            .map(Tenant::name)
                            .toList());
        }
    }

    @Test
    void whatIsNoStoreIsLeftAlone(@TempDir Path folder) throws Exception {
        Path data = Files.createDirectories(folder.resolve("data"));
        Files.writeString(data.resolve("notes.txt"), "mine");
        Files.writeString(Files.createDirectories(data.resolve("lost+found")).resolve("x"), "mine");
        Files.createDirectories(data.resolve("tenant/wal"));
        Files.writeString(data.resolve("tenant/notes.txt"), "mine");
        Files.writeString(
                Files.createDirectories(data.resolve("tenant/some-folder")).resolve("x"), "mine");
        try (RunningReceiver receiver = RunningReceiver.start(folder)) {
            assertEquals(
                    List.of("tenant"),
                    receiver.receiver().tenants().all().stream()
                            .map(Tenant::name)
                            .toList());
            assertEquals(204, write(receiver, "tenant", "up").statusCode());
        }
        for (String file : List.of("notes.txt", "lost+found/x", "tenant/notes.txt", "tenant/some-folder/x")) {
            assertEquals("mine", Files.readString(data.resolve(file)), file);
        }
        try (Stream<Path> left = Files.list(data.resolve("lost+found"))) {
            assertEquals(1, left.count());
        }
    }

    @Test
    void aTenantThatCannotBeOpenedStopsNoOther(@TempDir Path folder) throws Exception {
        Path data = folder.resolve("data");
        Files.createDirectories(data.resolve("good/wal"));
        Files.createDirectories(data.resolve("taken"));
        try (Tsdb other = Tsdb.builder(data.resolve("taken")).open();
                RunningReceiver receiver = RunningReceiver.start(folder)) {
            assertNotNull(other);
            HttpResponse<String> refused = write(receiver, "taken", "up");
            assertEquals(503, refused.statusCode());
            assertTrue(refused.headers().firstValue("Retry-After").isPresent());
            assertTrue(refused.body().contains("the store of tenant taken cannot be opened"), refused.body());
            assertTrue(refused.body().contains("cairn.lock"), refused.body());
            assertEquals(204, write(receiver, "good", "up").statusCode());
            assertEquals(200, receiver.get(receiver.admin("/-/ready")).statusCode());
            String metrics = receiver.get(receiver.admin("/metrics")).body();
            assertTrue(metrics.contains("cairn_tenant_open{tenant=\"taken\"} 0"), metrics);
            assertTrue(metrics.contains("cairn_tenant_open{tenant=\"good\"} 1"), metrics);
            // The write may have tried once more.
            assertTrue(
                    Pattern.compile("cairn_tenant_open_failures_total\\{tenant=\"taken\"} [1-9]")
                            .matcher(metrics)
                            .find(),
                    metrics);
            assertTrue(receiver.get(receiver.admin("/")).body().contains("cannot be opened"));
        }
    }

    @Test
    void aFileInTheTenantsPlaceIsReportedToItsSenders(@TempDir Path folder) throws Exception {
        Files.writeString(Files.createDirectories(folder.resolve("data")).resolve("t"), "mine");
        try (RunningReceiver receiver = RunningReceiver.start(folder)) {
            HttpResponse<String> refused = write(receiver, "t", "up");
            assertEquals(503, refused.statusCode(), refused.body());
            assertEquals(204, write(receiver, "u", "up").statusCode());
        }
        assertEquals("mine", Files.readString(folder.resolve("data/t")));
    }

    @Test
    void aStopWithoutABucketCutsNoBlockThatIsNotDue(@TempDir Path folder) throws Exception {
        int samples = 0;
        // Over the end of a block's range, and less than one and a half ranges.
        try (RunningReceiver receiver = RunningReceiver.start(folder)) {
            for (int minutes = 160; minutes >= 0; minutes -= 10, samples++) {
                byte[] body = RunningReceiver.body("up", NOW - minutes * 60_000L, minutes);
                assertEquals(
                        204,
                        receiver.post(RunningReceiver.RECEIVE, body, TENANT, "a")
                                .statusCode());
            }
        }
        try (Stream<Path> found = Files.list(folder.resolve("data/a"))) {
            List<Path> blocks = found.filter(path -> Files.exists(path.resolve("meta.json")))
                    .toList();
            assertEquals(List.of(), blocks);
        }
        try (RunningReceiver receiver = RunningReceiver.start(folder)) {
            Tenants tenants = receiver.receiver().tenants();
            assertEquals(samples, StoredSamples.of(tenants.known("a")).size());
        }
    }

    @Test
    void aStopShipsWhatIsCompleteWithTheTenantAmongTheExternalLabels(@TempDir Path folder) throws Exception {
        Path bucket = folder.resolve("bucket");
        String config = "{type: FILESYSTEM, config: {directory: " + bucket + "}}";
        try (RunningReceiver receiver =
                RunningReceiver.start(folder, "--objstore.config=" + config, "--label=replica=\"r\"")) {
            for (int minutes = 300; minutes >= 0; minutes -= 30) {
                byte[] body = RunningReceiver.body("up", NOW - minutes * 60_000L, minutes);
                assertEquals(
                        204,
                        receiver.post(RunningReceiver.RECEIVE, body, TENANT, "a")
                                .statusCode());
            }
        }
        List<Path> blocks;
        try (Stream<Path> found = Files.list(bucket)) {
            blocks = found.filter(path -> !path.getFileName().toString().startsWith("."))
                    .toList();
        }
        assertFalse(blocks.isEmpty());
        for (Path block : blocks) {
            JsonNode meta =
                    new ObjectMapper().readTree(block.resolve("meta.json").toFile());
            assertEquals(
                    "{\"replica\":\"r\",\"tenant_id\":\"a\"}",
                    meta.get("thanos").get("labels").toString());
        }
        try (RunningReceiver receiver = RunningReceiver.start(folder)) {
            assertEquals(
                    11,
                    StoredSamples.of(receiver.receiver().tenants().known("a")).size());
            assertNull(receiver.receiver().tenants().known("default-tenant"));
        }
    }

    private static HttpResponse<String> write(RunningReceiver receiver, String tenant, String metric) throws Exception {
        return receiver.post(RunningReceiver.RECEIVE, RunningReceiver.body(metric, NOW, 1), TENANT, tenant);
    }
}
