package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What senders and probes see of a disk that is full or broken. */
class DiskFaultsTest {
    private static final Path FOLDER = Path.of("/receiver");
    private static final long NOW = System.currentTimeMillis();
    private static final int ROUNDS_MAX = 2_000;
    private static final int BATCH = 50;

    private final CrashingStorage storage = new CrashingStorage(3);

    @Test
    void aFullDiskIsAnswered503AndHealsAndReadsGoOn() throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(storage, FOLDER)) {
            Set<Integer> acknowledged = new HashSet<>();
            int sample = 0;
            assertEquals(204, write(receiver, sample).statusCode());
            acknowledged.add(sample++);
            storage.freeBytes(0);
            HttpResponse<String> refused = write(receiver, sample);
            for (int round = 0; refused.statusCode() == 204; round++) {
                assertTrue(round < ROUNDS_MAX, "a full disk acknowledged everything");
                acknowledged.add(sample++);
                refused = write(receiver, sample);
            }
            assertEquals(503, refused.statusCode(), refused.body());
            assertTrue(refused.headers().firstValue("Retry-After").isPresent());
            Tenant tenant = receiver.receiver().tenants().known("default-tenant");
            assertTrue(StoredSamples.of(tenant).size() >= acknowledged.size(), "reads go on");
            assertEquals(200, receiver.get(receiver.admin("/-/healthy")).statusCode());
            assertEquals(200, receiver.get(receiver.admin("/-/ready")).statusCode());
            awaitWritesRefused(receiver, 1);
            storage.freeBytes(Long.MAX_VALUE);
            int last = sample;
            Patience.await("healed", () -> write(receiver, last).statusCode() == 204);
            assertEquals(sample + 1, StoredSamples.of(tenant).size(), "the sender's retries left each sample once");
            awaitWritesRefused(receiver, 0);
        }
    }

    /** Of samples that are in memory and not in the log, a retry brings all again: the older ones only look late. */
    @Test
    void aRetryOfManySamplesOfASeriesAfterAFullDiskIsNotAnsweredAsAnError() throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(storage, FOLDER)) {
            int batch = 0;
            assertEquals(204, writeBatch(receiver, batch++).statusCode());
            storage.freeBytes(0);
            HttpResponse<String> refused = writeBatch(receiver, batch);
            for (int round = 0; refused.statusCode() == 204; round++) {
                assertTrue(round < ROUNDS_MAX, "a full disk acknowledged everything");
                refused = writeBatch(receiver, ++batch);
            }
            assertEquals(503, refused.statusCode(), refused.body());
            storage.freeBytes(Long.MAX_VALUE);
            int last = batch;
            Patience.await("written", () -> {
                HttpResponse<String> retried = writeBatch(receiver, last);
                assertTrue(retried.statusCode() == 503 || retried.statusCode() == 204, retried.body());
                return retried.statusCode() == 204;
            });
            Tenant tenant = receiver.receiver().tenants().known("default-tenant");
            assertEquals((batch + 1) * BATCH, StoredSamples.of(tenant).size(), "each sample once");
            assertEquals(0, tenant.store().join().stats().samplesLate(), "a copy is no late sample");
        }
    }

    private static HttpResponse<String> writeBatch(RunningReceiver receiver, int batch) throws Exception {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder();
        encoder.startSeries().label("__name__", "up");
        for (int i = batch * BATCH; i < (batch + 1) * BATCH; i++) {
            encoder.sample(NOW + i, Double.doubleToRawLongBits(i));
        }
        encoder.endSeries().finish();
        return receiver.post(RunningReceiver.RECEIVE, Arrays.copyOf(encoder.body(), encoder.bodySize()));
    }

    @Test
    void aFailedSyncIsAnswered503UntilARestartAndTellsTheReadinessProbe() throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(storage, FOLDER)) {
            assertEquals(204, write(receiver, 0).statusCode());
            storage.faults()
                    .failOnce(
                            StorageFault.IO_ERROR,
                            Set.of(StorageOperation.SYNC),
                            path -> path.toString().contains("/wal/"),
                            1);
            HttpResponse<String> refused = write(receiver, 1);
            assertEquals(503, refused.statusCode(), refused.body());
            HttpResponse<String> again = write(receiver, 2);
            assertEquals(503, again.statusCode(), again.body());
            assertTrue(again.headers().firstValue("Retry-After").isPresent());
            assertEquals(200, receiver.get(receiver.admin("/-/healthy")).statusCode());
            HttpResponse<String> ready = receiver.get(receiver.admin("/-/ready"));
            assertEquals(503, ready.statusCode());
            assertTrue(ready.body().contains("default-tenant"), ready.body());
            assertTrue(receiver.get(receiver.admin("/metrics"))
                    .body()
                    .contains("cairn_tenant_failed{tenant=\"default-tenant\"} 1"));
        }
        try (RunningReceiver receiver = RunningReceiver.start(storage, FOLDER)) {
            assertEquals(204, write(receiver, 3).statusCode());
        }
    }

    /** The store tells of a change on a thread of its own, so the figure may come after the answer. */
    private static void awaitWritesRefused(RunningReceiver receiver, int expected) throws Exception {
        String line = "cairn_tenant_writes_refused{tenant=\"default-tenant\"} " + expected;
        Patience.await(line, () -> {
            HttpResponse<String> metrics = receiver.get(receiver.admin("/metrics"));
            assertEquals(200, metrics.statusCode());
            return metrics.body().contains(line);
        });
    }

    private static HttpResponse<String> write(RunningReceiver receiver, int sample) throws Exception {
        return receiver.post(RunningReceiver.RECEIVE, RunningReceiver.body("up", NOW + sample, sample));
    }
}
