package dev.cairndb.tsdb;

import dev.cairndb.index.Labels;
import dev.cairndb.io.AppendFile;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.FlakyObjectStore;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** What is in a bucket, read as a store would read it from its directory. */
final class SimulatedBucket {
    private SimulatedBucket() {}

    /** All samples of complete blocks. */
    static Map<Labels, TreeMap<Long, String>> read(FlakyObjectStore bucket, TsdbRuntime runtime) throws IOException {
        bucket.heal();
        CrashingStorage storage = TestStores.storage(1);
        TreeSet<String> keys = new TreeSet<>();
        bucket.list("", true, entry -> keys.add(entry.name()));
        List<String> complete = new ArrayList<>();
        for (String key : keys) {
            String block = key.substring(0, key.indexOf('/'));
            // Marks go while this is read, and tell a store nothing.
            if (keys.contains(block + "/meta.json") && !key.endsWith("-mark.json")) {
                complete.add(key);
            }
        }
        for (String key : complete) {
            copy(bucket, key, storage, TestStores.DIRECTORY.resolve(key));
        }
        try (Tsdb db = TestStores.builder(storage, new ManualClock(TestStores.START), runtime)
                .options(TestStores.OPTIONS.withRetention(Duration.ZERO))
                .open()) {
            return Dump.texts(db, SimulatedWrite::textOf);
        }
    }

    private static void copy(ObjectStore bucket, String name, CrashingStorage storage, Path file) throws IOException {
        ObjectKey key = ObjectKey.of(name);
        byte[] content = new byte[(int) bucket.size(key)];
        ByteBuffer target = ByteBuffer.wrap(content);
        while (target.hasRemaining()) {
            if (bucket.read(key, target.position(), target) <= 0) {
                throw new ObjectStoreException("ends early: " + name, false, null);
            }
        }
        storage.createDirectories(file.getParent());
        try (AppendFile out = storage.create(file)) {
            out.write(content, 0, content.length);
        }
    }
}
