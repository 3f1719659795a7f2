package dev.cairndb.tsdb.internal.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
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
        List<Path> files;
        try (Stream<Path> cases = GoldenTree.cases(folder).stream()) {
            files = cases.map(path -> path.resolve("meta.json")).toList();
        }
        List<BlockMeta> metas = new java.util.ArrayList<>();
        for (Path file : files) {
            byte[] json = Files.readAllBytes(file);
            BlockMeta meta = BlockMeta.fromJson(file.toString(), json);
            assertEquals(new String(json, StandardCharsets.UTF_8), new String(meta.toJson(), StandardCharsets.UTF_8));
            var tree = new ObjectMapper().readTree(json);
            assertEquals(tree.at("/ulid").textValue(), meta.ulid().toString());
            assertEquals(tree.at("/stats/numSamples").longValue(), meta.stats().samples());
            assertEquals(
                    tree.at("/compaction/level").intValue(), meta.compaction().level());
            metas.add(meta);
        }
        System.out.println("BlockMetaGoldenTest: " + files.size() + " cases checked in " + folder + ", 0 skipped");
        return metas;
    }
}
