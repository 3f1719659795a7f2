package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;

/** Every sample is there once, at whatever call the merging of blocks fails, and the next run merges them. */
final class MergeFaults {
    interface Merge {
        void run(TsdbAdmin admin) throws IOException;
    }

    private static final int BLOCKS_LEFT = 2;

    private final MergeFixture fixture;
    private final CrashingStorage blocks;
    private final Merge merge;
    private final Predicate<BlockInfo> counted;

    /** @param counted those of which two are left when all is merged */
    MergeFaults(MergeFixture fixture, CrashingStorage blocks, Merge merge, Predicate<BlockInfo> counted) {
        this.fixture = fixture;
        this.blocks = blocks;
        this.merge = merge;
        this.counted = counted;
    }

    /** Returns how many calls there were. */
    int cutPowerAtEachCall() throws IOException {
        for (int call = 1; ; call++) {
            CrashingStorage storage = blocks.crashedCopy(call);
            Tsdb db = fixture.builder(storage).open();
            storage.faults().failFrom(StorageFault.DEATH, StorageOperation.changing(), path -> true, call);
            boolean ended;
            try {
                merge.run(db.admin());
                ended = storage.faults().injected() == 0;
            } catch (IOException e) {
                ended = false;
            }
            assertEquals(fixture.written.expected, Dump.of(db), "before power cut at call " + call);
            CrashingStorage after = storage.crash(call);
            try {
                db.close();
            } catch (IOException e) {
                // It is dead.
            }
            checkOpensAndMerges(after, "power cut at call " + call);
            if (ended) {
                return call - 1;
            }
        }
    }

    /** Returns how many errors there were. */
    int failEachCall() throws IOException {
        int errors = 0;
        for (StorageFault fault : List.of(StorageFault.IO_ERROR, StorageFault.NO_SPACE)) {
            int call = 1;
            while (fail(fault, call)) {
                call++;
                errors++;
            }
        }
        return errors;
    }

    /** Returns whether there was such a call. */
    private boolean fail(StorageFault fault, int call) throws IOException {
        CrashingStorage storage = blocks.crashedCopy(call);
        String where = fault + " at call " + call;
        boolean injected;
        try (Tsdb db = fixture.builder(storage).open()) {
            storage.faults().failOnce(fault, StorageOperation.changing(), path -> true, call);
            try {
                merge.run(db.admin());
            } catch (IOException e) {
                assertTrue(storage.faults().injected() > 0, where);
            }
            injected = storage.faults().injected() > 0;
            storage.faults().clear();
            checkMerges(db, where);
        }
        checkOpensAndMerges(storage, where);
        return injected;
    }

    private void checkOpensAndMerges(CrashingStorage storage, String where) throws IOException {
        try (Tsdb db = fixture.builder(storage).open()) {
            checkMerges(db, where);
        }
    }

    private void checkMerges(Tsdb db, String where) throws IOException {
        assertEquals(fixture.written.expected, Dump.of(db), where);
        merge.run(db.admin());
        assertEquals(BLOCKS_LEFT, db.admin().blocks().stream().filter(counted).count(), where);
        assertEquals(fixture.written.expected, Dump.of(db), where);
    }
}
