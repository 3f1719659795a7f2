package dev.cairndb.tsdb.internal.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.testkit.GoldenData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every meta.json that Prometheus and Thanos wrote is read, and written again byte for byte. */
class BlockMetaGoldenTest {
    @Test
    void metaOfBlocksIsWrittenAsPrometheusDoes() throws Exception {
        check("blocks");
    }

    @Test
    void metaInABucketIsWrittenAsThanosDoes() throws Exception {
        for (BlockMeta meta : check("thanos/bucket")) {
            ThanosMeta thanos = meta.thanos();
            assertNotNull(thanos);
            assertEquals("receive", thanos.source());
        }
    }

    private static List<BlockMeta> check(String folder) throws IOException {
        GoldenData golden = new GoldenData(BlockMetaGoldenTest.class);
        List<BlockMeta> metas = new ArrayList<>();
        for (Path block : golden.folders(folder)) {
            Path file = block.resolve("meta.json");
            byte[] json = Files.readAllBytes(file);
            BlockMeta meta = BlockMeta.fromJson(file.toString(), json);
            assertEquals(new String(json, StandardCharsets.UTF_8), new String(meta.toJson(), StandardCharsets.UTF_8));
            var tree = new ObjectMapper().readTree(json);
            assertEquals(tree.at("/ulid").textValue(), meta.ulid().toString());
            assertEquals(tree.at("/stats/numSamples").longValue(), meta.stats().samples());
            assertEquals(
                    tree.at("/compaction/level").intValue(), meta.compaction().level());
            metas.add(meta);
            golden.checked("files in " + folder, 1);
        }
        golden.report(System.out);
        return metas;
    }
}
