package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.index.Labels;
import dev.cairndb.objstore.FileObjectStore;
import dev.cairndb.s3test.S3TestServer;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.AppendBatch;
import dev.cairndb.tsdb.Durability;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cairn bucket}, on buckets in folders. */
class BucketCommandsTest {
    private static final long START = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
    private static final Duration STEP = Duration.ofMinutes(1);
    private static final int HOURS = 6;

    @TempDir
    Path scratch;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private Path data;
    private Path bucket;
    private Path config;

    @BeforeEach
    void fill() throws IOException {
        data = scratch.resolve("data");
        bucket = scratch.resolve("bucket");
        config = configOf(bucket);
        ManualClock clock = new ManualClock(START);
        try (FileObjectStore store = new FileObjectStore(bucket);
                Tsdb db = Tsdb.builder(data)
                        .clock(clock)
                        .options(TsdbOptions.defaults()
                                .withDurability(Durability.OS)
                                .withMaintenance(TsdbOptions.Maintenance.MANUAL))
                        .objectStore(store)
                        .externalLabels(Labels.of("replica", "a"))
                        .open()) {
            for (long t = START; t <= START + Duration.ofHours(HOURS).toMillis(); t += STEP.toMillis()) {
                AppendBatch batch = db.newBatch();
                for (int i = 0; i < 3; i++) {
                    batch.add(db.series(Labels.of("__name__", "m", "i", "" + i)), t, i);
                }
                assertEquals(3, batch.commit().samplesAppended());
                clock.advance(STEP);
            }
            db.admin().flushAligned();
            db.admin().shipBlocks();
        }
    }

    private Path configOf(Path folder) throws IOException {
        return Files.writeString(
                scratch.resolve(folder.getFileName() + ".yml"),
                "type: FILESYSTEM\nconfig:\n  directory: " + folder + "\n");
    }

    private int run(String... arguments) {
        out.reset();
        err.reset();
        List<String> command = new ArrayList<>(List.of("bucket"));
        command.addAll(List.of(arguments));
        return Main.run(
                command.toArray(new String[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                new CountDownLatch(0));
    }

    private String inBucket() {
        return "--objstore.config-file=" + config;
    }

    private String output() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String error() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private JsonNode json() throws IOException {
        return new ObjectMapper().readTree(output());
    }

    private List<String> listed() {
        assertEquals(0, run("ls", inBucket()), this::error);
        return output().lines().toList();
    }

    @Test
    void lsNamesTheBlocksTheOldestFirst() throws Exception {
        List<String> names = listed();
        assertEquals(HOURS / 2, names.size());
        assertEquals(0, run("ls", inBucket(), "--json"));
        JsonNode first = json().at("/blocks/0");
        assertEquals(names.get(0), first.path("ulid").textValue());
        assertEquals(START, first.path("minTimestampMillis").longValue());
        assertEquals(3, first.path("series").longValue());
        assertEquals(360, first.path("samples").longValue());
        assertEquals("a", first.at("/labels/replica").textValue());
        assertEquals("receive", first.path("source").textValue());
    }

    @Test
    void theConfigurationMayBeGivenAsText() {
        List<String> names = listed();
        assertEquals(0, run("ls", "--objstore.config={type: FILESYSTEM, config: {directory: " + bucket + "}}"));
        assertEquals(names, output().lines().toList());
        assertEquals(2, run("ls"));
        assertTrue(error().contains("expected one of --objstore.config-file and --objstore.config"), error());
        assertEquals(2, run("ls", "--objstore.config={type: GCS}"));
        assertTrue(error().contains("object store type GCS is not in this version"), error());
        assertEquals(2, run("ls", "--objstore.config-file=" + scratch.resolve("none.yml")));
    }

    @Test
    void timesAndNamesSelectBlocks() {
        List<String> names = listed();
        assertEquals(0, run("ls", inBucket(), "--min-time=2026-01-01T02:00:00Z", "--max-time=2026-01-01T03:59:59Z"));
        assertEquals(names.subList(1, 2), output().lines().toList());
        assertEquals(0, run("ls", inBucket(), "--max-time=" + START));
        assertEquals(names.subList(0, 1), output().lines().toList());
        assertEquals(0, run("ls", inBucket(), "--block=" + names.get(2)));
        assertEquals(names.subList(2, 3), output().lines().toList());
        assertEquals(2, run("ls", inBucket(), "--block=01ZZZZZZZZZZZZZZZZZZZZZZZZ"));
        assertTrue(error().contains("no such block: 01ZZ"), error());
        assertEquals(2, run("ls", inBucket(), "--min-time=yesterday"));
        assertTrue(error().contains("expected=RFC 3339 or milliseconds since 1970, found=yesterday"), error());
    }

    @Test
    void inspectShowsATable() {
        List<String> names = listed();
        assertEquals(0, run("inspect", inBucket()));
        List<String> lines = output().lines().toList();
        assertEquals(1 + names.size(), lines.size());
        assertTrue(lines.get(0).startsWith("ULID  "), lines.get(0));
        String first = lines.get(1);
        assertTrue(
                first.startsWith(names.get(0))
                        && first.contains("  2026-01-01T00:00:00Z  2026-01-01T02:00:00Z  2h0m0s"),
                first);
        assertTrue(first.endsWith("{replica=\"a\"}"), first);
    }

    @Test
    void verifyFindsWhatIsDamagedAndEndsWithOne() throws Exception {
        String name = listed().get(1);
        assertEquals(0, run("verify", inBucket(), "--scratch=" + scratch.resolve("room")), this::output);
        assertEquals("nothing is wrong; read 3 blocks", output().strip());
        Path chunks = bucket.resolve(name).resolve("chunks/000001");
        byte[] bytes = Files.readAllBytes(chunks);
        bytes[bytes.length / 2] ^= 1;
        Files.write(chunks, bytes);
        assertEquals(1, run("verify", inBucket()));
        assertTrue(output().startsWith(name + "/chunks"), output());
        assertEquals(1, run("verify", inBucket(), "--json"));
        assertEquals(name, json().at("/findings/0/ulid").textValue());
        assertEquals(3, json().path("blocks").intValue());
        assertEquals(0, run("verify", inBucket(), "--block=" + listed().get(0)));
        try (Stream<Path> left = Files.list(scratch.resolve("room"))) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void aCopyOfABucketIsEqualToIt() throws Exception {
        Path other = configOf(Files.createDirectories(scratch.resolve("other")));
        assertEquals(0, run("copy", config.toString(), other.toString()), this::error);
        assertTrue(
                output().endsWith("copied 3 blocks; there before: 0; marked for deletion: 0; failed: 0\n"), output());
        assertEquals(0, run("copy", config.toString(), other.toString(), "--json"));
        assertEquals(3, json().path("present").size());
        for (String name : listed()) {
            for (String path : List.of("chunks/000001", "index", "meta.json")) {
                assertEquals(
                        -1,
                        Files.mismatch(
                                bucket.resolve(name).resolve(path),
                                scratch.resolve("other").resolve(name).resolve(path)));
            }
        }
    }

    @Test
    void oneBlockThatCannotBeCopiedDoesNotKeepBackTheOthers() throws Exception {
        String name = listed().get(0);
        Files.delete(bucket.resolve(name).resolve("index"));
        Path target = Files.createDirectories(scratch.resolve("target"));
        assertEquals(1, run("copy", config.toString(), target.toString()), this::output);
        assertTrue(output().contains(name + ": corrupt data:"), output());
        assertTrue(output().contains("copied 2 blocks"), output());
        assertFalse(Files.exists(target.resolve(name)));
    }

    @Test
    void blocksOfAStoreAreCopiedIntoABucketWithLabels() throws Exception {
        Path other = configOf(Files.createDirectories(scratch.resolve("other")));
        assertEquals(1, run("copy", data.toString(), other.toString()));
        assertTrue(output().contains("no external labels"), output());
        assertEquals(0, run("copy", data.toString(), other.toString(), "--label=replica=\"b\""), this::output);
        config = other;
        assertEquals(0, run("ls", inBucket(), "--json"));
        assertEquals("b", json().at("/blocks/2/labels/replica").textValue());
        assertEquals(0, run("verify", inBucket()), this::output);
    }

    @Test
    void marksArePutAndTakenOff() throws Exception {
        String name = listed().get(0);
        assertEquals(0, run("mark", inBucket(), "--for=no-compact", "--details=why", name), this::error);
        assertEquals(name + " no-compact: marked", output().strip());
        Path mark = bucket.resolve(name).resolve("no-compact-mark.json");
        JsonNode written = new ObjectMapper().readTree(mark.toFile());
        assertEquals("why", written.path("details").textValue());
        assertEquals("manual", written.path("reason").textValue());
        assertEquals(0, run("mark", inBucket(), "--for=no-compact", "--details=other", name));
        assertEquals(name + " no-compact: marked before", output().strip());
        assertEquals(0, run("mark", inBucket(), "--for=no-compact", "--remove", name));
        assertFalse(Files.exists(mark));
        assertEquals(0, run("mark", inBucket(), "--for=deletion", name, listed().get(1)));
        assertEquals(0, run("inspect", inBucket()));
        assertEquals(
                2,
                output().lines().filter(line -> line.contains("  deletion  ")).count());
        Path target = Files.createDirectories(scratch.resolve("target"));
        assertEquals(0, run("copy", config.toString(), target.toString()));
        assertTrue(output().contains("copied 1 block; there before: 0; marked for deletion: 2"), output());
        assertEquals(2, run("mark", inBucket(), "--for=nothing", name));
        assertTrue(error().contains("expected=deletion, no-compact, no-downsample, found=nothing"), error());
        assertEquals(2, run("mark", inBucket(), "--for=deletion", "x"));
        assertTrue(error().contains("not a ULID: x"), error());
    }

    @Test
    void blocksGoToS3AndBack() throws Exception {
        List<String> names = listed();
        try (S3TestServer server = S3TestServer.start()) {
            Path remote = Files.writeString(
                    scratch.resolve("s3.yml"),
                    "{type: S3, prefix: a/b, config: {bucket: " + server.newBucket() + ", endpoint: '127.0.0.1:"
                            + server.port() + "', insecure: true, access_key: " + S3TestServer.ACCESS_KEY
                            + ", secret_key: " + S3TestServer.SECRET_KEY + "}}");
            assertEquals(0, run("copy", config.toString(), remote.toString()), () -> output() + error());
            config = remote;
            assertEquals(names, listed());
            assertEquals(0, run("verify", inBucket()), this::output);
            assertEquals(0, run("mark", inBucket(), "--for=no-downsample", names.get(0)));
            assertEquals(0, run("ls", inBucket(), "--json"));
            assertEquals("no-downsample", json().at("/blocks/0/marks/0").textValue());
            Path target = Files.createDirectories(scratch.resolve("target"));
            assertEquals(0, run("copy", remote.toString(), target.toString()), this::output);
            for (String name : names) {
                for (String path : List.of("chunks/000001", "index", "meta.json")) {
                    assertEquals(
                            -1,
                            Files.mismatch(
                                    bucket.resolve(name).resolve(path),
                                    target.resolve(name).resolve(path)));
                }
            }
        }
    }

    @Test
    void twoDirectoriesAreNoTask() throws Exception {
        Path target = Files.createDirectories(scratch.resolve("target"));
        assertEquals(2, run("copy", data.toString(), target.toString()));
        assertTrue(error().contains("one of FROM and TO must be the configuration of a bucket"), error());
    }

    @Test
    void aBlockThatWasNamedAndIsNotReadOrCopiedIsAFinding() throws Exception {
        List<String> names = listed();
        String other =
                configOf(Files.createDirectories(scratch.resolve("other"))).toString();
        String first = "--block=" + names.get(0);
        assertEquals(1, run("copy", config.toString(), other, first, "--min-time=2026-01-01T02:00:00Z"));
        assertTrue(output().contains(names.get(0) + ": has no samples between the times"), output());
        assertEquals(1, run("verify", inBucket(), first, "--min-time=2026-01-01T02:00:00Z"));
        assertEquals(0, run("mark", inBucket(), "--for=deletion", names.get(0)));
        assertEquals(1, run("copy", config.toString(), other, first), this::output);
        assertTrue(output().contains(names.get(0) + ": not copied: it is marked for deletion"), output());
        Files.delete(bucket.resolve(names.get(0)).resolve("meta.json"));
        assertEquals(1, run("copy", config.toString(), other, first));
        assertTrue(output().contains(names.get(0) + "/meta.json: no object"), output());
        assertEquals(1, run("verify", inBucket(), first));
        assertEquals(0, run("verify", inBucket()), "it may be on its way");
        assertEquals(
                2, run("copy", Files.createDirectories(scratch.resolve("empty")).toString(), other));
        assertTrue(error().contains("there is no block in FROM"), error());
    }

    @Test
    void aFolderThatIsNotThereIsRefusedAndNotMade() throws Exception {
        Path wrong = scratch.resolve("wrong");
        config = configOf(wrong);
        for (String command : List.of("ls", "inspect", "verify")) {
            assertEquals(2, run(command, inBucket()), command);
            assertTrue(error().contains("no such folder: " + wrong), error());
        }
        assertEquals(2, run("copy", data.toString(), config.toString()));
        assertFalse(Files.exists(wrong));
    }

    @Test
    void aBlockWhoseMetaCannotBeReadIsToldOf() throws Exception {
        String name = listed().get(0);
        Files.writeString(bucket.resolve(name).resolve("meta.json"), "{");
        for (String command : List.of("ls", "inspect")) {
            assertEquals(1, run(command, inBucket()));
            assertTrue(error().contains("cairn: damaged: " + name + "/meta.json: "), error());
            assertEquals(1, run(command, inBucket(), "--json"));
            assertEquals(2, json().path("blocks").size());
        }
    }

    @Test
    void marksAreTakenOffBlocksThatAreThereOnly() throws Exception {
        String name = listed().get(0);
        assertEquals(2, run("mark", inBucket(), "--for=deletion", "--remove", "01ZZZZZZZZZZZZZZZZZZZZZZZZ"));
        assertTrue(error().contains("no such block in the bucket: 01ZZ"), error());
        assertEquals(2, run("mark", inBucket(), "--for=deletion", name, "x"));
        assertTrue(error().contains("not a ULID: x"), error());
        assertFalse(Files.exists(bucket.resolve(name).resolve("deletion-mark.json")), "none is marked then");
    }

    @Test
    void intoADirectoryGoesOneStreamAsItCame() throws Exception {
        List<String> names = listed();
        Path target = Files.createDirectories(scratch.resolve("target"));
        Path meta = bucket.resolve(names.get(0)).resolve("meta.json");
        String before = Files.readString(meta);
        Files.writeString(meta, before.replace("\"replica\": \"a\"", "\"replica\": \"b\""));
        assertEquals(2, run("copy", config.toString(), target.toString()));
        assertTrue(error().contains("{replica=\"a\"}, {replica=\"b\"}"), error());
        assertEquals(0, run("copy", config.toString(), target.toString(), "--block=" + names.get(1)), this::error);
        assertEquals(2, run("copy", config.toString(), target.toString(), "--block=" + names.get(0)));
        assertTrue(error().contains("{replica=\"b\"}, and with those in " + target), error());
        assertTrue(error().contains("would be mixed: {replica=\"a\"}; use another directory"), error());
        assertFalse(Files.exists(target.resolve(names.get(0))));
        Path there = target.resolve(names.get(1)).resolve("meta.json");
        String whole = Files.readString(there);
        Files.writeString(there, "{");
        assertEquals(2, run("copy", config.toString(), target.toString(), "--block=" + names.get(0)));
        assertTrue(error().contains("file=" + there), error());
        assertFalse(Files.exists(target.resolve(names.get(0))));
        Files.writeString(there, whole);
        Files.writeString(meta, before.replaceAll("\"resolution\": ?0", "\"resolution\": 300000"));
        assertEquals(0, run("copy", config.toString(), target.toString()));
        assertTrue(
                output().endsWith(
                                "copied 1 block; there before: 1; marked for deletion: 0; downsampled: 1; failed: 0\n"),
                output());
        assertFalse(Files.exists(target.resolve(names.get(0))));
        assertEquals(0, run("copy", config.toString(), target.toString(), "--block=" + names.get(0)), this::output);
        assertTrue(Files.exists(target.resolve(names.get(0))));
    }
}
