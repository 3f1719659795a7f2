package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.BigEndian;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SlabTest {
    /** Each number allocates a block of its size, or if not positive frees one of those there are. */
    @Property(tries = 300)
    void blocksDoNotOverlapAndKeepTheirBytes(
            @ForAll @Size(max = 300) List<@IntRange(min = -400, max = 3_000) Integer> steps) {
        Slab slab = new Slab();
        Map<Integer, byte[]> model = new HashMap<>();
        byte fill = 0;
        for (int step : steps) {
            if (step > 0) {
                int address = slab.allocate(step);
                assertNotEquals(0, address);
                assertTrue(slab.capacity(address) >= step);
                assertTrue(!model.containsKey(address), "given out twice");
                byte[] content = new byte[step];
                Arrays.fill(content, ++fill);
                System.arraycopy(content, 0, slab.bytes(address), Slab.offset(address), step);
                model.put(address, content);
            } else if (!model.isEmpty()) {
                int address = model.keySet().stream()
                        .sorted()
                        .skip(-step % model.size())
                        .findFirst()
                        .orElseThrow();
                slab.free(address);
                model.remove(address);
            }
            model.forEach((address, content) -> {
                int offset = Slab.offset(address);
                assertTrue(Arrays.equals(
                        content, 0, content.length, slab.bytes(address), offset, offset + content.length));
            });
        }
    }

    @Test
    void pagesThatAreFreeServeOtherSizes() {
        Slab slab = new Slab();
        long peak = 0;
        int[] addresses = new int[20_000];
        for (int size = 32; size <= 512; size *= 2) {
            for (int i = 0; i < addresses.length; i++) {
                int grown = slab.allocate(size);
                if (size > 32) {
                    slab.free(addresses[i]);
                }
                addresses[i] = grown;
            }
            peak = Math.max(peak, slab.bytesReserved());
        }
        assertTrue(peak < 20_000L * (512 + 256), "reserved " + peak);
        assertTrue(slab.bytesReserved() < 20_000L * 512 * 14 / 10, "reserved " + slab.bytesReserved());
        for (int address : addresses) {
            slab.free(address);
        }
        assertEquals(0, slab.bytesUsed());
        assertTrue(slab.bytesReserved() < 64 << 10, "reserved " + slab.bytesReserved());
    }

    @Test
    void bytesOfPagesThatWentBackAreUsedAgain() {
        Slab slab = new Slab();
        int[] addresses = new int[64_000];
        for (int i = 0; i < addresses.length; i++) {
            addresses[i] = slab.allocate(128);
        }
        Set<byte[]> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int size : new int[] {96, 128, 96, 128}) {
            // A tenth of the blocks at a time goes back and comes again in the other size.
            for (int from = 0; from < addresses.length; from += addresses.length / 10) {
                int to = from + addresses.length / 10;
                for (int i = from; i < to; i++) {
                    seen.add(slab.bytes(addresses[i]));
                    slab.free(addresses[i]);
                }
                for (int i = from; i < to; i++) {
                    addresses[i] = slab.allocate(size);
                }
            }
        }
        int pages = addresses.length * 128 / Slab.PAGE_BYTES_MAX;
        assertTrue(seen.size() < pages * 2, seen.size() + " arrays for " + pages + " pages");
    }

    @Test
    void blocksThatStayBehindKeepNoPagesThatAreMostlyEmpty() {
        Slab slab = new Slab();
        Random random = new Random(5);
        int[] addresses = new int[20_000];
        int[] last = new int[addresses.length];
        Arrays.setAll(addresses, i -> slab.allocate(64));
        for (int i = 0; i < addresses.length; i++) {
            putMark(slab, addresses[i], i);
        }
        Arrays.setAll(last, i -> 64 + random.nextInt(960));
        long used = 0;
        long reserved = 0;
        for (int size = 64; size <= 1024; size += 4) {
            for (int i = 0; i < addresses.length; i++) {
                int needed = Math.min(size, last[i]);
                if (slab.capacity(addresses[i]) < needed || slab.shouldMove(addresses[i])) {
                    int moved = slab.allocate(needed);
                    assertEquals(i, mark(slab, addresses[i]));
                    putMark(slab, moved, i);
                    slab.free(addresses[i]);
                    addresses[i] = moved;
                }
            }
            used += slab.bytesUsed();
            reserved += slab.bytesReserved();
        }
        // A quarter may be spare.
        assertTrue(reserved < used * 14 / 10, reserved + " bytes reserved for " + used);
        for (int i = 0; i < addresses.length; i++) {
            assertEquals(i, mark(slab, addresses[i]));
            assertEquals(
                    i, BigEndian.getInt(slab.bytes(addresses[i]), Slab.offset(addresses[i]) + last[i] / 4 * 4 - 4));
        }
    }

    @Test
    void theOnlyPageWithRoomIsNotEmptiedIntoItself() {
        Slab slab = new Slab();
        // Pages of 4 to 128 blocks, then two of 256.
        int[] addresses = new int[252 + 2 * 256];
        Arrays.setAll(addresses, i -> slab.allocate(512));
        for (int i = addresses.length - 256; i < addresses.length - 10; i++) {
            slab.free(addresses[i]);
        }
        int moves = 0;
        for (int round = 0; round < 100; round++) {
            for (int i = addresses.length - 10; i < addresses.length; i++) {
                if (slab.shouldMove(addresses[i])) {
                    int moved = slab.allocate(512);
                    slab.free(addresses[i]);
                    addresses[i] = moved;
                    moves++;
                }
            }
        }
        assertEquals(0, moves);
    }

    @Test
    void pagesThatWentBackAreUsedAgainWhileTheyAreThere() {
        Slab slab = new Slab();
        int[] addresses = new int[4_000];
        // Held here, so that no collector takes them.
        Set<byte[]> pages = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < addresses.length; i++) {
            addresses[i] = slab.allocate(1024);
            pages.add(slab.bytes(addresses[i]));
        }
        long reserved = slab.bytesReserved();
        for (int address : addresses) {
            slab.free(address);
        }
        assertTrue(slab.bytesReserved() < reserved / 4, slab.bytesReserved() + " bytes kept of " + reserved);
        int known = 0;
        for (int i = 0; i < addresses.length; i++) {
            // In a page of another size of block.
            addresses[i] = slab.allocate(2048);
            known += pages.contains(slab.bytes(addresses[i])) ? 1 : 0;
        }
        assertTrue(known >= addresses.length / 2 - 200, known + " of " + addresses.length);
    }

    private static void putMark(Slab slab, int address, int mark) {
        int to = Slab.offset(address) + slab.capacity(address);
        for (int at = Slab.offset(address); at + 4 <= to; at += 4) {
            BigEndian.putInt(slab.bytes(address), at, mark);
        }
    }

    private static int mark(Slab slab, int address) {
        return BigEndian.getInt(slab.bytes(address), Slab.offset(address));
    }

    @Test
    void aBlockLargerThanAPageGetsOneOfItsOwn() {
        Slab slab = new Slab();
        int small = slab.allocate(10);
        int large = slab.allocate(1_000_000);
        slab.bytes(large)[Slab.offset(large) + 999_999] = 1;
        assertEquals(1_000_000, slab.capacity(large));
        slab.free(large);
        assertEquals(null, slab.bytesIfPresent(large));
        slab.free(small);
    }
}
