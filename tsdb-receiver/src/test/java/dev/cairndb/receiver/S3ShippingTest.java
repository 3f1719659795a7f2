package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.s3test.S3TestServer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blocks in a bucket of S3, on a real server, beside the same in a folder. */
class S3ShippingTest {
    @TempDir
    Path folder;

    @Test
    void theBytesInS3AreThoseInAFolder() throws Exception {
        Path bucket = folder.resolve("bucket");
        ship(true, "{type: FILESYSTEM, config: {directory: '" + bucket + "'}, prefix: a/b}");
        TreeMap<String, byte[]> inFolder = contents("{type: FILESYSTEM, config: {directory: '" + bucket + "/a/b'}}");
        assertTrue(inFolder.size() >= 3, inFolder.keySet().toString());
        // Now it does not know of it, and the bucket is another one.
        Files.delete(folder.resolve("data/default-tenant/thanos.shipper.json"));
        try (S3TestServer server = S3TestServer.start()) {
            String config = "{type: S3, prefix: a/b, config: {bucket: " + server.newBucket()
                    + ", endpoint: '127.0.0.1:" + server.port() + "', insecure: true, access_key: "
                    + S3TestServer.ACCESS_KEY + ", secret_key: " + S3TestServer.SECRET_KEY + "}}";
            String metrics = ship(false, config);
            String uploads = "thanos_objstore_bucket_operations_total{bucket=\"bucket-1\",operation=\"upload\"} "
                    + inFolder.size();
            assertTrue(metrics.contains(uploads), metrics);
            String shipped = "thanos_shipper_uploads_total{tenant=\"default-tenant\"} " + inFolder.size() / 3;
            assertTrue(metrics.contains(shipped), metrics);
            assertTrue(metrics.contains("cairn_shipping_blocks_waiting{tenant=\"default-tenant\"} 0"), metrics);
            assertFalse(metrics.contains(S3TestServer.SECRET_KEY));
            TreeMap<String, byte[]> inS3 = contents(config);
            assertEquals(inFolder.keySet(), inS3.keySet());
            inFolder.forEach((name, bytes) -> {
                if (name.endsWith("/meta.json")) {
                    assertEquals(withoutUploadTime(bytes), withoutUploadTime(inS3.get(name)));
                } else {
                    assertArrayEquals(bytes, inS3.get(name), name);
                }
            });
        }
    }

    /** Sends samples of four hours if wanted, ships, and stops, which ships too. Returns metrics before that. */
    private String ship(boolean sends, String config) throws Exception {
        try (RunningReceiver receiver =
                RunningReceiver.start(folder, "--label=replica=\"a\"", "--objstore.config=" + config)) {
            if (sends) {
                long end = System.currentTimeMillis();
                for (long minutes = 240; minutes >= 0; minutes -= 10) {
                    byte[] body = RunningReceiver.body(
                            "m", end - Duration.ofMinutes(minutes).toMillis(), minutes);
                    assertEquals(
                            204, receiver.post(RunningReceiver.RECEIVE, body).statusCode());
                }
            }
            for (Tenant tenant : receiver.receiver().tenants().all()) {
                Objects.requireNonNull(tenant.openStore()).admin().shipBlocks();
            }
            return receiver.get(receiver.admin("/metrics")).body();
        }
    }

    private static TreeMap<String, byte[]> contents(String config) throws Exception {
        TreeMap<String, byte[]> contents = new TreeMap<>();
        try (ObjectStore store =
                Objects.requireNonNull(BucketConfig.parse(config)).open()) {
            store.list("", true, entry -> contents.put(entry.name(), new byte[(int) entry.sizeBytes()]));
            for (String name : contents.keySet()) {
                byte[] bytes = contents.get(name);
                int read = store.read(ObjectKey.of(name), 0, ByteBuffer.wrap(bytes));
                assertEquals(bytes.length, read);
            }
        }
        return contents;
    }

    private static String withoutUploadTime(byte[] json) {
        String text = new String(json, StandardCharsets.UTF_8);
        assertTrue(text.contains("\"upload_time\""), text);
        return text.replaceAll("\"upload_time\": *\"[^\"]*\"", "");
    }
}
