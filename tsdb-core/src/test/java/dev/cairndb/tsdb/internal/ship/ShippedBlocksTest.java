package dev.cairndb.tsdb.internal.ship;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ShippedBlocksTest {
    private static final Path DATA = Path.of("/data");
    private static final Ulid FIRST = Ulid.parse("01M7YHR3F70FASHTRMA4BZGBZ5");
    private static final Ulid SECOND = Ulid.parse("01M7YHR3FQEQA8N9JFQZ1DDYM3");

    private static Set<Ulid> decode(String json) throws IOException {
        return ShippedBlocks.decode("f", json.getBytes(UTF_8));
    }

    @Test
    void isWrittenAsThanosWritesIt() throws Exception {
        assertEquals(
                "{\n\t\"version\": 1,\n\t\"uploaded\": [\n\t\t\"" + FIRST + "\",\n\t\t\"" + SECOND + "\"\n\t]\n}\n",
                new String(ShippedBlocks.encode(List.of(FIRST, SECOND)), UTF_8));
        assertEquals(
                "{\n\t\"version\": 1,\n\t\"uploaded\": []\n}\n", new String(ShippedBlocks.encode(List.of()), UTF_8));
    }

    @Test
    void takesWhatOthersMayWrite() throws Exception {
        assertEquals(Set.of(), decode("{\"uploaded\":null,\"version\":1}"));
        assertEquals(Set.of(FIRST), decode("{\"x\":[{}],\"uploaded\":[\"" + FIRST + "\"],\"version\":1}"));
    }

    @Test
    void damageIsReported() {
        for (String json : List.of(
                "", "[]", "{", "{\"version\":1,\"uploaded\":[1]}", "{\"version\":1,\"uploaded\":[\"x\"]}", "\u0001")) {
            assertThrows(CorruptionException.class, () -> decode(json), json);
        }
        assertThrows(FormatVersionException.class, () -> decode("{\"version\":2,\"uploaded\":[]}"));
        assertThrows(FormatVersionException.class, () -> decode("{}"));
        byte[] whole = ShippedBlocks.encode(List.of(FIRST, SECOND));
        for (int length = 0; length < whole.length - 1; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThrows(CorruptionException.class, () -> ShippedBlocks.decode("f", cut));
        }
    }

    @Test
    void afterAPowerCutTheFileIsTheOldOrTheNewOne() throws Exception {
        for (int call = 1; ; call++) {
            CrashingStorage storage = new CrashingStorage(call);
            storage.createDurableDirectories(DATA);
            ShippedBlocks.write(storage, DATA, Set.of(FIRST));
            storage.faults().failFrom(StorageFault.DEATH, StorageOperation.changing(), path -> true, call);
            boolean ended = true;
            try {
                ShippedBlocks.write(storage, DATA, List.of(FIRST, SECOND));
            } catch (IOException e) {
                ended = false;
            }
            Set<Ulid> found = ShippedBlocks.read(storage.crash(call), DATA);
            assertTrue(found.equals(Set.of(FIRST, SECOND)) || !ended && found.equals(Set.of(FIRST)), found.toString());
            if (ended) {
                assertTrue(call > 4);
                return;
            }
        }
    }
}
