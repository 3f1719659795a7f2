package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.START;

import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What a test of merging blocks begins with: blocks to be written, a clock past them, a runtime that ends with it. */
final class MergeFixture implements AfterEachCallback {
    /** A multiple of all ranges up to 54 h. */
    static final long FROM = START / (54 * HOUR) * 54 * HOUR;

    final ManualClock clock;
    final WrittenBlocks written;
    private final TsdbRuntime runtime = TsdbRuntime.create();

    /**
     * @param from where the first block begins
     * @param hours from there to now
     * @param shiftMillis from the times of a block to those of the next one
     */
    MergeFixture(long from, int hours, long shiftMillis) {
        clock = new ManualClock(from + hours * HOUR);
        written = new WrittenBlocks(from, shiftMillis);
    }

    /** With room for blocks of all ranges. */
    static MergeFixture ofAllRanges() {
        return new MergeFixture(FROM, 200, 1_000);
    }

    TsdbBuilder builder(CrashingStorage storage) {
        return TestStores.builder(storage, clock, runtime);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        runtime.close();
    }
}
