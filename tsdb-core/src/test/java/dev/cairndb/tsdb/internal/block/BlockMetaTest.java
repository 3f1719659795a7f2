package dev.cairndb.tsdb.internal.block;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BlockMetaTest {
    private static final Ulid ULID = Ulid.parse("01M7YJ239A9EHZ0KFCPY25M72D");
    private static final String MINIMAL = "{\"ulid\":\"01M7YJ239A9EHZ0KFCPY25M72D\",\"version\":1}";

    static BlockMeta full() {
        Ulid parent = Ulid.parse("01M7YJ245GE9MV3M996DQC86RP");
        return new BlockMeta(
                ULID,
                -5,
                7_200_000,
                new BlockStats(1, 2, 3, 4, 5, 6),
                new BlockMeta.Compaction(
                        2,
                        List.of(ULID, parent),
                        true,
                        List.of(new BlockMeta.Parent(parent, Long.MIN_VALUE, Long.MAX_VALUE)),
                        true,
                        List.of(BlockMeta.HINT_OUT_OF_ORDER)),
                new ThanosMeta(
                        Map.of("replica", "<a>&\"b\"\t\u00e9\ud83d\ude00"),
                        300_000,
                        "receive",
                        List.of("000001"),
                        List.of(
                                new ThanosMeta.File("index", 9, "ab"),
                                new ThanosMeta.File("chunks/000001", 8, null),
                                new ThanosMeta.File("meta.json", 0, null)),
                        11,
                        12,
                        "2026-11-21T07:57:16.748553121Z"));
    }

    private static BlockMeta read(String json) throws Exception {
        return BlockMeta.fromJson("meta.json", json.getBytes(UTF_8));
    }

    @Test
    void everyFieldComesBack() throws Exception {
        BlockMeta meta = full();
        assertEquals(meta, BlockMeta.fromJson("meta.json", meta.toJson()));
        BlockMeta local = meta.withThanos(null);
        assertEquals(local, BlockMeta.fromJson("meta.json", local.toJson()));
    }

    @Test
    void anotherParserReadsTheSame() throws Exception {
        var tree = new ObjectMapper().readTree(full().toJson());
        assertEquals(
                "<a>&\"b\"\t\u00e9\ud83d\ude00",
                tree.at("/thanos/labels/replica").textValue());
        assertEquals(Long.MIN_VALUE, tree.at("/compaction/parents/0/minTime").longValue());
        assertTrue(new String(full().toJson(), UTF_8).contains("\\u003ca\\u003e\\u0026"));
        assertTrue(new String(full().toJson(), UTF_8).contains("\u00e9\ud83d\ude00"));
    }

    @Test
    void unknownFieldsAndNullsAreSkipped() throws Exception {
        BlockMeta meta = read("{\"x\":{\"y\":[1,{\"z\":null}]},\"stats\":{\"numSeries\":3,\"new\":{}},\"compaction\":"
                + "{\"level\":1,\"sources\":null,\"hints\":[\"h\"],\"new\":[[]]},\"thanos\":{\"extensions\":{\"a\":1},"
                + "\"labels\":{\"a\":\"b\"},\"version\":1,\"rewrites\":[{}]},\"minTime\":1,\"maxTime\":2,"
                + MINIMAL.substring(1));
        assertEquals(3, meta.stats().series());
        assertEquals(List.of("h"), meta.compaction().hints());
        assertEquals(Map.of("a", "b"), meta.thanos().labels());
        assertEquals(1, meta.minTimestampMillis());
    }

    @Test
    void anotherVersionIsAVersionError() {
        assertThrows(FormatVersionException.class, () -> read(MINIMAL.replace("1}", "2}")));
        assertThrows(FormatVersionException.class, () -> read("{\"ulid\":\"01M7YJ239A9EHZ0KFCPY25M72D\"}"));
    }

    @Test
    void damageIsReportedWithFileAndOffset() {
        for (String json : List.of(
                "",
                "null",
                "[]",
                "{\"version\":1}",
                MINIMAL + "x",
                MINIMAL + MINIMAL,
                MINIMAL.replace("M7Y", "M7U"),
                "{\"minTime\":1.5," + MINIMAL.substring(1),
                "{\"minTime\":99999999999999999999," + MINIMAL.substring(1),
                "{\"minTime\":\"1\"," + MINIMAL.substring(1),
                "{\"minTime\":5,\"maxTime\":4," + MINIMAL.substring(1),
                "{\"stats\":[]," + MINIMAL.substring(1),
                "{\"stats\":{\"numSeries\":-1}," + MINIMAL.substring(1),
                "{\"compaction\":{\"sources\":\"x\"}," + MINIMAL.substring(1),
                "{\"compaction\":{\"sources\":[\"x\"]}," + MINIMAL.substring(1),
                "{\"compaction\":{\"deletable\":1}," + MINIMAL.substring(1),
                "{\"compaction\":{\"parents\":[1]}," + MINIMAL.substring(1),
                "{\"x\":" + "[".repeat(5_000) + "]".repeat(5_000) + "," + MINIMAL.substring(1))) {
            if (!json.equals("null")) {
                CorruptionException e = assertThrows(CorruptionException.class, () -> read(json), json);
                assertEquals("meta.json", e.file());
                assertTrue(e.offset() >= 0);
            } else {
                assertThrows(FormatVersionException.class, () -> read(json));
            }
        }
    }

    @Test
    void everyTruncationIsFound() {
        byte[] json = full().toJson();
        // The last byte is the newline behind the object.
        for (int length = 0; length < json.length - 1; length++) {
            byte[] cut = Arrays.copyOf(json, length);
            assertThrows(CorruptionException.class, () -> BlockMeta.fromJson("meta.json", cut), () -> "" + cut.length);
        }
    }

    @Test
    void flippedBitsGiveAnAnswerOrATsdbException() throws Exception {
        byte[] json = full().toJson();
        int refused = 0;
        for (int i = 0; i < json.length * 8; i++) {
            byte[] flipped = json.clone();
            flipped[i / 8] ^= (byte) (1 << i % 8);
            try {
                BlockMeta.fromJson("meta.json", flipped);
            } catch (CorruptionException | FormatVersionException e) {
                refused++;
            }
        }
        assertTrue(refused > json.length, "only " + refused + " refused");
    }

    @Test
    void rangesAreHalfOpen() {
        BlockMeta meta = full();
        assertTrue(meta.overlaps(-100, -5));
        assertTrue(meta.overlaps(7_199_999, 9_000_000));
        assertFalse(meta.overlaps(7_200_000, 9_000_000));
        assertFalse(meta.overlaps(-100, -6));
    }
}
