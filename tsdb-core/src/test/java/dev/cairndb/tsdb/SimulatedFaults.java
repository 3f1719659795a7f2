package dev.cairndb.tsdb;

import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.FlakyObjectStore;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;

/** What goes wrong with disk and bucket, as a seed has it. Not thread-safe, but for what it has told the two to do. */
final class SimulatedFaults {
    private static final List<Set<StorageOperation>> TARGETS = List.of(
            EnumSet.of(StorageOperation.WRITE),
            EnumSet.of(StorageOperation.SYNC),
            EnumSet.of(StorageOperation.SYNC_DIRECTORY),
            EnumSet.of(StorageOperation.CREATE, StorageOperation.RENAME),
            EnumSet.of(StorageOperation.DELETE),
            EnumSet.of(StorageOperation.TRUNCATE, StorageOperation.APPEND),
            EnumSet.of(StorageOperation.READ, StorageOperation.MAP, StorageOperation.OPEN, StorageOperation.LIST),
            StorageOperation.changing(),
            EnumSet.allOf(StorageOperation.class));
    private static final List<String> FOLDERS = List.of("wal", "wal", "wbl", "chunks_head", "");
    private static final int CALLS_MAX = 40;

    private final Random random;

    SimulatedFaults(Random random) {
        this.random = random;
    }

    /** Returns what will go wrong. */
    String cause(CrashingStorage storage) {
        if (random.nextInt(5) == 0) {
            long bytes = random.nextInt(6_000);
            storage.freeBytes(bytes);
            return bytes + " bytes free";
        }
        StorageFault fault = random.nextBoolean() ? StorageFault.IO_ERROR : StorageFault.NO_SPACE;
        Set<StorageOperation> operations = TARGETS.get(random.nextInt(TARGETS.size()));
        boolean reads = !StorageOperation.changing().containsAll(operations);
        if (reads) {
            fault = StorageFault.IO_ERROR;
        }
        Path folder = TestStores.DIRECTORY.resolve(FOLDERS.get(random.nextInt(FOLDERS.size())));
        Predicate<Path> paths = path -> path.startsWith(folder);
        int call = 1 + random.nextInt(CALLS_MAX);
        boolean once = random.nextInt(3) > 0;
        if (once) {
            storage.faults().failOnce(fault, operations, paths, call);
        } else {
            storage.faults().failFrom(fault, operations, paths, call);
        }
        return fault + (once ? " once" : "") + " at call " + call + " of " + operations + " in " + folder;
    }

    /** The process ends in the middle of a call. */
    String death(CrashingStorage storage) {
        int call = 1 + random.nextInt(2 * CALLS_MAX);
        storage.faults().failOnce(StorageFault.DEATH, StorageOperation.changing(), path -> true, call);
        return "death at call " + call;
    }

    void heal(CrashingStorage storage) {
        storage.faults().clear();
        storage.freeBytes(Long.MAX_VALUE);
    }

    void upset(FlakyObjectStore bucket) {
        long seed = random.nextLong();
        int percent = random.nextInt(40);
        FlakyObjectStore.Fault[] kinds = FlakyObjectStore.Fault.values();
        bucket.plan((call, operation, name) -> {
            Random dice = new Random(seed + call * 7919);
            return dice.nextInt(100) < percent ? kinds[dice.nextInt(kinds.length)] : null;
        });
    }
}
