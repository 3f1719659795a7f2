package dev.cairndb.tsdb;

import java.time.Duration;
import java.util.Random;

/**
 * What one life of a store is like, as a seed has it.
 *
 * @param threads whether senders, log and maintenance have threads; if not, the life is the same each time
 * @param stepMillisMax how far the clock is moved at once
 * @param background whether maintenance is also done by itself, as time goes by
 * @param bucket whether blocks are shipped
 * @param retention only with a bucket, where deleted blocks are looked for
 * @param faults whether calls to the storage fail
 * @param deletes whether samples are deleted
 * @param merged how long blocks become by merging; zero: as by default
 * @param walSegmentBytesMax of one page, which all who append leave to a task, or larger
 */
record SimulationPlan(
        long seed,
        boolean threads,
        Durability durability,
        Duration window,
        long stepMillisMax,
        int senders,
        int lives,
        int actionsPerLifeMax,
        boolean background,
        boolean bucket,
        Duration retention,
        boolean faults,
        boolean deletes,
        Duration merged,
        int walSegmentBytesMax) {

    static SimulationPlan of(long seed, boolean threads) {
        Random random = new Random(seed * 0x9E37_79B9_7F4A_7C15L);
        Durability durability = switch (random.nextInt(6)) {
            case 0 -> Durability.OS;
            case 1 -> Durability.INTERVAL;
            default -> Durability.SYNC;
        };
        long[] steps = {20_000, 120_000, 1_200_000, 3_000_000};
        boolean late = random.nextInt(3) > 0;
        boolean bucket = random.nextInt(3) > 0;
        return new SimulationPlan(
                seed,
                threads,
                durability,
                late ? Duration.ofHours(1L << random.nextInt(5)) : Duration.ZERO,
                steps[random.nextInt(steps.length)],
                1 + random.nextInt(4),
                2 + random.nextInt(4),
                20 + random.nextInt(80),
                threads && random.nextBoolean(),
                bucket,
                bucket && random.nextBoolean() ? Duration.ofHours(3 + random.nextInt(6)) : Duration.ZERO,
                random.nextInt(4) > 0,
                random.nextInt(3) > 0,
                random.nextBoolean() ? Duration.ofHours(6) : Duration.ZERO,
                1 << (15 + random.nextInt(6)));
    }

    boolean takesLate() {
        return !window.isZero();
    }

    TsdbOptions options() {
        return TestStores.OPTIONS
                .withDurability(durability)
                .withWalSegmentBytesMax(walSegmentBytesMax)
                .withSyncInterval(Duration.ofSeconds(1))
                .withMaintenance(background ? TsdbOptions.Maintenance.BACKGROUND : TsdbOptions.Maintenance.MANUAL)
                .withOutOfOrderWindow(window)
                .withRetention(retention)
                .withBlockRangeMax(merged);
    }
}
