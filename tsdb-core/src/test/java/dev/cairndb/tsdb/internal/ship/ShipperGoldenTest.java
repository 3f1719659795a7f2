package dev.cairndb.tsdb.internal.ship;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.index.Labels;
import dev.cairndb.io.FileStorage;
import dev.cairndb.objstore.FileObjectStore;
import dev.cairndb.testkit.DirectoryCopy;
import dev.cairndb.testkit.GoldenData;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.ThanosMeta;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code thanos receive} shipped: the same blocks, shipped by us under the same labels, give the same bucket, byte
 * for byte but for the time of the upload.
 */
class ShipperGoldenTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final GoldenData golden = new GoldenData(ShipperGoldenTest.class);

    @TempDir
    Path directory;

    @Test
    void theBucketIsTheOneThatThanosWrote() throws Exception {
        List<Path> cases = golden.folders("thanos/bucket");
        Path bucket = directory.resolve("bucket");
        for (Path folder : cases) {
            ship(folder, bucket);
        }
        TreeMap<String, Long> listed = new TreeMap<>();
        for (String line : Files.readAllLines(golden.path("thanos/bucket.jsonl"))) {
            JsonNode node = JSON.readTree(line);
            if (node.has("object")) {
                listed.put(node.get("object").textValue(), node.get("size").longValue());
            }
        }
        assertTrue(listed.size() >= 3 * cases.size());
        try (Stream<Path> files = Files.walk(bucket)) {
            List<String> found = files.filter(Files::isRegularFile)
                    .map(file -> bucket.relativize(file).toString())
                    .sorted()
                    .toList();
            assertEquals(List.copyOf(listed.keySet()), found);
        }
        for (String object : listed.keySet()) {
            byte[] theirs = Files.readAllBytes(golden.path("thanos/bucket").resolve(object));
            byte[] ours = Files.readAllBytes(bucket.resolve(object));
            if (object.endsWith("meta.json")) {
                assertEquals(withoutTime(theirs), withoutTime(ours), object);
            } else {
                assertTrue(Arrays.equals(theirs, ours), object);
            }
        }
        golden.checked("blocks", cases.size());
        golden.checked("objects", listed.size());
        golden.report(System.out);
    }

    private void ship(Path folder, Path bucket) throws IOException {
        BlockMeta shipped = BlockMeta.read(FileStorage.instance(), folder);
        ThanosMeta thanos = shipped.thanos();
        assertNotNull(thanos);
        Path data = directory.resolve("data-" + shipped.ulid());
        Path block = data.resolve(shipped.ulid().toString());
        DirectoryCopy.copy(folder, block);
        Files.delete(block.resolve("meta.json"));
        Files.write(block.resolve("meta.json"), shipped.withThanos(null).toJson());

        boolean hashed = thanos.files().stream().anyMatch(file -> file.sha256() != null);
        ManualClock clock = new ManualClock(
                Instant.parse(String.valueOf(thanos.uploadTime())).toEpochMilli());
        Block opened = Block.open(FileStorage.instance(), block);
        try (FileObjectStore store = new FileObjectStore(bucket)) {
            Shipper.Settings settings =
                    new Shipper.Settings("", Labels.of(thanos.labels()), Labels.of(thanos.labels()), hashed, false);
            Shipper shipper = Shipper.open(FileStorage.instance(), data, store, settings, clock, new FailingListener());
            assertEquals(new Shipper.Report(1, 0, 0, 0), shipper.ship(List.of(opened), Long.MIN_VALUE, () -> false));
        } finally {
            opened.release();
        }
    }

    private static String withoutTime(byte[] json) {
        String text = new String(json, StandardCharsets.UTF_8);
        String replaced = text.replaceFirst("\"upload_time\": \"[^\"]+\"", "\"upload_time\": \"-\"");
        assertTrue(!replaced.equals(text));
        return replaced;
    }

    @Test
    void thanosOwnListOfShippedBlocksIsReadAndWrittenAgain() throws Exception {
        String suffix = "." + ShippedBlocks.FILE_NAME;
        for (String name : golden.names("thanos", suffix)) {
            Path file = golden.path("thanos/" + name + suffix);
            byte[] json = Files.readAllBytes(file);
            byte[] again = ShippedBlocks.encode(ShippedBlocks.decode(file.toString(), json));
            assertEquals(new String(json, StandardCharsets.UTF_8), new String(again, StandardCharsets.UTF_8));
            golden.checked("lists of shipped blocks", 1);
        }
        golden.report(System.out);
    }
}
