package dev.cairndb.tsdb.internal.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.testkit.ManualClock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class UlidTest {
    @Test
    void readsAndWritesTheCanonicalForm() {
        Ulid ulid = Ulid.parse("01M7YJ239A9EHZ0KFCPY25M72D");
        assertEquals("01M7YJ239A9EHZ0KFCPY25M72D", ulid.toString());
        assertEquals("00000000000000000000000000", Ulid.ZERO.toString());
        assertEquals(new Ulid(-1, -1), Ulid.parse("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"));
        // 0 1 A R Z 3 N D E K: the example of the specification
        assertEquals(1469922850259L, Ulid.parse("01ARZ3NDEKTSV4RRFFQ69G5FAV").timestampMillis());
    }

    @Test
    void refusesEverythingElse() {
        for (String text : List.of(
                "",
                "wal",
                "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
                "01M7YJ239A9EHZ0KFCPY25M72",
                "01M7YJ239A9EHZ0KFCPY25M72DD",
                "01m7yj239a9ehz0kfcpy25m72d",
                "01M7YJ239A9EHZ0KFCPY25M72U",
                "01M7YJ239A9EHZ0KFCPY25M7I2",
                "01M7YJ239A9EHZ0KFCPY25M7\u00e9D")) {
            assertNull(Ulid.tryParse(text), text);
            assertThrows(IllegalArgumentException.class, () -> Ulid.parse(text));
        }
    }

    @Property
    void textKeepsBitsAndOrder(@ForAll long high, @ForAll long low, @ForAll long otherHigh, @ForAll long otherLow) {
        Ulid ulid = new Ulid(high, low);
        Ulid other = new Ulid(otherHigh, otherLow);
        assertEquals(ulid, Ulid.parse(ulid.toString()));
        assertEquals(
                Integer.signum(ulid.toString().compareTo(other.toString())), Integer.signum(ulid.compareTo(other)));
    }

    @Test
    void namesAscendAlsoWhenTheClockStandsOrJumpsBack() {
        ManualClock clock = new ManualClock(1_700_000_000_000L);
        UlidSource source = new UlidSource(clock, new Random(1));
        Ulid last = source.next();
        assertEquals(1_700_000_000_000L, last.timestampMillis());
        for (int i = 0; i < 1_000; i++) {
            if (i == 300) {
                clock.advance(Duration.ofMillis(5));
            } else if (i == 600) {
                clock.jumpWallTo(1);
            }
            Ulid next = source.next();
            assertTrue(next.compareTo(last) > 0);
            last = next;
        }
        assertEquals(1_700_000_000_005L, last.timestampMillis());
    }

    @Test
    void countsOverIntoTheUpperRandomBitsAndThenIntoTheTime() {
        assertEquals(new Ulid(1 << 16 | 6, 0), new Ulid(1 << 16 | 5, -1).successor());
        assertNull(new Ulid(1 << 16 | 0xFFFF, -1).successor());
    }
}
