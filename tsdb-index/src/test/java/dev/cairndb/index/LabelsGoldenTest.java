package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.testkit.GoldenData;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LabelsGoldenTest {
    private record Case(byte[] packed, boolean hasEmptyValue, int rank, long hash) {
        @Override
        public String toString() {
            return PackedLabels.toString(packed, 0, packed.length);
        }
    }

    @Test
    void ordersAndHashesAsPrometheus() throws IOException {
        GoldenData golden = new GoldenData(LabelsGoldenTest.class);
        List<Case> cases = new ArrayList<>();
        for (JsonNode line : GoldenJson.lines(golden.path("labels.jsonl"))) {
            boolean hasEmptyValue = false;
            for (JsonNode label : line.get("labels")) {
                hasEmptyValue |= GoldenJson.bytes(label.get(1)).length == 0;
            }
            cases.add(new Case(
                    pack(line.get("labels")),
                    hasEmptyValue,
                    line.get("rank").intValue(),
                    Long.parseUnsignedLong(line.get("hash").textValue(), 16)));
        }
        int sets = 0;
        for (Case one : cases) {
            assertEquals(one.hash, PackedLabels.hash(one.packed, 0, one.packed.length), () -> "hash of " + one);
            for (Case other : cases) {
                int order =
                        PackedLabels.compare(one.packed, 0, one.packed.length, other.packed, 0, other.packed.length);
                assertEquals(
                        Integer.signum(Integer.compare(one.rank, other.rank)),
                        Integer.signum(order),
                        () -> one + " against " + other);
            }
            Labels labels = Labels.ofPacked(one.packed, 0, one.packed.length);
            if (!one.hasEmptyValue) {
                assertEquals(one.hash, labels.hash());
                assertArrayEquals(one.packed, labels.packed());
                sets++;
            }
        }
        golden.checked("label sets as bytes", cases.size());
        golden.checked("label sets as Labels", sets);
        golden.report(System.out);
    }

    private static byte[] pack(JsonNode labels) {
        ByteWriter writer = new ByteWriter(64);
        for (JsonNode label : labels) {
            for (JsonNode string : label) {
                byte[] bytes = GoldenJson.bytes(string);
                writer.putUvarint(bytes.length);
                writer.putBytes(bytes, 0, bytes.length);
            }
        }
        return writer.toByteArray();
    }
}
