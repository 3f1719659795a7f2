package dev.cairndb.tsdb.internal.ship;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.FileStorage;
import dev.cairndb.testkit.FormatPage;
import dev.cairndb.tsdb.admin.BlockMark;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.BlockStats;
import dev.cairndb.tsdb.internal.block.ThanosMeta;
import dev.cairndb.tsdb.internal.block.Tombstones;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the format pages of blocks and buckets say is what the code does. */
class BlockFormatPagesTest {
    private final FormatPage tombstones = FormatPage.read("tombstones.md");
    private final FormatPage meta = FormatPage.read("meta.json.md");
    private final FormatPage bucket = FormatPage.read("bucket.md");

    @TempDir
    Path directory;

    @Test
    void theTombstoneExamplesAreWhatIsWritten() throws Exception {
        assertEquals(tombstones.hex("empty"), written(Tombstones.NONE));
        Tombstones stones = new Tombstones.Builder()
                .add(300, 10, 20)
                .add(7, 100, Long.MAX_VALUE)
                .add(7, -5, 5)
                .build();
        assertEquals(tombstones.hex("stones"), written(stones));
        Files.write(directory.resolve(Tombstones.FILE_NAME), tombstones.bytes("stones"));
        assertEquals(stones, Tombstones.read(FileStorage.instance(), directory));
        assertTrue(tombstones.contains("| `%08x` | %d |".formatted(Tombstones.MAGIC, Tombstones.VERSION)));
    }

    private String written(Tombstones stones) throws IOException {
        Files.deleteIfExists(directory.resolve(Tombstones.FILE_NAME));
        stones.create(FileStorage.instance(), directory);
        return HexFormat.of().formatHex(Files.readAllBytes(directory.resolve(Tombstones.FILE_NAME)));
    }

    @Test
    void theMetaExampleIsWhatIsWritten() throws Exception {
        Ulid first = Ulid.parse("01M7YJ245GE9MV3M996DQC86RP");
        Ulid second = Ulid.parse("01M7YJ2461K5PACQK425PY6DT3");
        BlockMeta example = new BlockMeta(
                Ulid.parse("01M7YJ246Z55DVH6FAQRSXSYXP"),
                1_700_006_400_000L,
                1_700_020_800_000L,
                new BlockStats(2251, 2251, 0, 39, 125, 0),
                new BlockMeta.Compaction(
                        2,
                        List.of(first, second),
                        false,
                        List.of(
                                new BlockMeta.Parent(first, 1_700_006_400_000L, 1_700_013_600_000L),
                                new BlockMeta.Parent(second, 1_700_013_600_000L, 1_700_020_800_000L)),
                        false,
                        List.of()),
                null);
        assertEquals(meta.json("example"), new String(example.toJson(), UTF_8));
        assertEquals(example, BlockMeta.fromJson("page", meta.json("example").getBytes(UTF_8)));
        assertTrue(meta.contains("| " + BlockMeta.VERSION + " | read and written |"));
        for (String hint :
                List.of(BlockMeta.HINT_OUT_OF_ORDER, BlockMeta.HINT_STALE_SERIES, BlockMeta.HINT_SELECTED_SERIES)) {
            assertTrue(meta.contains("`" + hint + "`"), hint);
        }
    }

    @Test
    void theMetaExampleInABucketIsWhatIsWritten() {
        Ulid ulid = Ulid.parse("01M7YHR3F70FASHTRMA4BZGBZ5");
        ThanosMeta thanos = new ThanosMeta(
                Map.of("replica", "a"),
                0,
                "receive",
                List.of("000001"),
                List.of(
                        new ThanosMeta.File(
                                "chunks/000001",
                                1338,
                                "4daf26445867fed03bafdbb24ed86f53c39639cbcf56a6af947f45254bdf6c51"),
                        new ThanosMeta.File("index", 1041, null),
                        new ThanosMeta.File("meta.json", 0, null)),
                0,
                0,
                "2026-11-21T07:57:16.748Z");
        BlockMeta example = new BlockMeta(
                ulid,
                1_700_006_400_000L,
                1_700_013_600_000L,
                new BlockStats(492, 492, 0, 8, 10, 0),
                BlockMeta.Compaction.firstLevel(ulid),
                thanos);
        assertEquals(bucket.json("meta") + "\n", new String(example.toJson(), UTF_8));
    }

    @Test
    void theListOfShippedBlocksIsWhatIsWritten() {
        List<Ulid> uploaded =
                List.of(Ulid.parse("01M7YHR3F70FASHTRMA4BZGBZ5"), Ulid.parse("01M7YHR3FQEQA8N9JFQZ1DDYM3"));
        assertEquals(bucket.json("shipper") + "\n", new String(ShippedBlocks.encode(uploaded), UTF_8));
        assertTrue(bucket.contains("## " + ShippedBlocks.FILE_NAME));
        assertTrue(bucket.contains("Version " + ShippedBlocks.VERSION + " is read and written"));
    }

    @Test
    void theMarksAreWhatIsWritten() {
        Ulid ulid = Ulid.parse("01M7YJ24919M2NHXW5AWKDV3BJ");
        long seconds = 1_700_000_000;
        assertEquals(
                bucket.json("no-compact"),
                new String(BlockMarks.json(ulid, BlockMark.NO_COMPACT, LateUpload.RANGE_IS_OPEN, seconds), UTF_8));
        String details = LateUpload.MERGED_INTO + "01M7YJ2489BZS5YVY7C8ZRD6V5";
        assertEquals(
                bucket.json("deletion"),
                new String(BlockMarks.json(ulid, BlockMark.DELETION, details, seconds), UTF_8));
        assertTrue(bucket.contains("`<prefix>/<ULID>/" + BlockMark.NO_COMPACT.fileName() + "`"));
        assertTrue(bucket.contains("`<prefix>/<ULID>/" + BlockMark.DELETION.fileName() + "`"));
    }
}
