package dev.cairndb.tsdb.internal.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class TokenBucketPropertyTest {
    private static final long SECOND = 1_000_000_000L;

    @Property
    void noMoreThanBurstAndRateAllowPassesAndWhatWaitsAsToldPasses(
            @ForAll long seed,
            @ForAll @LongRange(min = 1, max = 1_000_000_000_000L) long perSecond,
            @ForAll @LongRange(min = 1, max = 1_000_000) long burst,
            @ForAll long beginNanos) {
        Random random = new Random(seed);
        TokenBucket bucket = new TokenBucket(beginNanos);
        double taken = 0;
        long now = beginNanos;
        for (int step = 0; step < 200; step++) {
            now += random.nextLong(SECOND / 10);
            long count = 1 + random.nextLong(burst);
            long wait = bucket.tryTake(count, perSecond, burst, now);
            if (wait > 0 && random.nextBoolean()) {
                now += wait;
                assertEquals(0, bucket.tryTake(count, perSecond, burst, now), "waited as told");
                wait = 0;
            }
            taken += wait == 0 ? count : 0;
            double allowed = burst + (double) perSecond * (now - beginNanos) / SECOND;
            assertTrue(taken <= allowed * (1 + 1e-9) + 1, () -> "too many");
        }
    }

    @Property
    void aBucketThatIsNeverEmptyGivesAllOfItsRate(@ForAll @IntRange(min = 1, max = 1_000_000) int perSecond) {
        TokenBucket bucket = new TokenBucket(0);
        long taken = 0;
        long seconds = 50;
        for (long now = 0; now < seconds * SECOND; ) {
            long wait = bucket.tryTake(1 + perSecond / 7, perSecond, perSecond, now);
            taken += wait == 0 ? 1 + perSecond / 7 : 0;
            now += wait;
        }
        assertTrue(taken >= seconds * perSecond * 0.999, taken + " of " + seconds * perSecond);
    }

    @Example
    void oneLargerThanTheBurstPassesWhenTheBucketIsFullAndOthersWaitTheLonger() {
        TokenBucket bucket = new TokenBucket(0);
        assertEquals(0, bucket.tryTake(50, 10, 10, 0));
        assertEquals(4 * SECOND + SECOND / 10, bucket.tryTake(1, 10, 10, 0));
        assertEquals(0, bucket.tryTake(1, 10, 10, 4 * SECOND + SECOND / 10));
    }

    @Example
    void whatIsGivenBackCanBeTakenAgain() {
        TokenBucket bucket = new TokenBucket(0);
        assertEquals(0, bucket.tryTake(10, 10, 10, 0));
        assertEquals(SECOND, bucket.tryTake(10, 10, 10, 0));
        bucket.giveBack(10, 10);
        assertEquals(0, bucket.tryTake(10, 10, 10, 0));
        bucket.giveBack(10, 10);
        bucket.giveBack(10, 10);
        assertEquals(0, bucket.tryTake(10, 10, 10, 0));
        assertEquals(0, bucket.tryTake(10, 10, 10, SECOND));
        assertTrue(bucket.tryTake(1, 10, 10, SECOND) > 0, "a full bucket does not get fuller");
    }
}
