package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SymbolTableTest {
    private final SymbolTable table = new SymbolTable();

    @Test
    void anEmptyTableIsSmall() {
        assertTrue(table.sizeBytes() < 4096, () -> table.sizeBytes() + " bytes");
        intern("__name__");
        assertTrue(table.sizeBytes() < 4096, () -> table.sizeBytes() + " bytes");
    }

    @Test
    void aReleasedSymbolIsReadableUntilItIsReclaimed() {
        int id = intern("pod-1");
        table.release(id);
        assertEquals(SymbolTable.NONE, find("pod-1"));
        assertEquals("pod-1", new String(table.copyOf(id), StandardCharsets.UTF_8));
        int again = intern("pod-1");
        assertTrue(again != id);
        int[] released = table.takeReleased();
        assertEquals(1, released.length);
        assertEquals(0, table.takeReleased().length);
        table.reclaim(released);
        assertThrows(IllegalStateException.class, () -> table.copyOf(id));
        assertThrows(IllegalStateException.class, () -> table.equals(id, new byte[0], 0, 0));
        assertEquals(id, intern("pod-2"));
        assertEquals(again, find("pod-1"));
    }

    @Test
    void wrongCountsAreRefused() {
        int id = intern("a");
        assertThrows(IllegalStateException.class, () -> table.reclaim(new int[] {id}));
        table.release(id);
        assertThrows(IllegalStateException.class, () -> table.release(id));
        assertThrows(IllegalStateException.class, () -> table.acquire(id));
        table.reclaim(table.takeReleased());
        assertThrows(IllegalStateException.class, () -> table.reclaim(new int[] {id}));
        assertThrows(IndexOutOfBoundsException.class, () -> table.intern(new byte[3], 2, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> table.find(new byte[3], 2, 2));
    }

    @Test
    void aSymbolThatWasTakenSeveralTimesAtOnceIsReleasedAsOften() {
        byte[] bytes = "pod-1".getBytes(StandardCharsets.UTF_8);
        int id = table.intern(bytes, 0, bytes.length, 3);
        assertEquals(1, table.size());
        assertEquals(id, table.intern(bytes, 0, bytes.length, 2));
        table.acquire(id);
        for (int i = 0; i < 5; i++) {
            table.release(id);
            assertEquals(id, find("pod-1"));
        }
        table.release(id);
        assertEquals(SymbolTable.NONE, find("pod-1"));
        assertEquals(0, table.size());
        assertThrows(IllegalStateException.class, () -> table.release(id));
        assertArrayEquals(new int[] {id}, table.takeReleased());
        assertThrows(IllegalArgumentException.class, () -> table.intern(bytes, 0, bytes.length, 0));
        assertThrows(IllegalArgumentException.class, () -> table.intern(bytes, 0, bytes.length, -1));
        assertEquals(0, table.size());
    }

    @Test
    void podNamesDoNotLeak() {
        Deque<int[]> generations = new ArrayDeque<>();
        Random random = new Random(1);
        long steady = 0;
        for (int generation = 0; generation < 60; generation++) {
            int[] ids = new int[5000];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = intern("pod-" + generation + "-" + i + "-" + Long.toHexString(random.nextLong()));
            }
            generations.add(ids);
            if (generations.size() > 3) {
                endGeneration(generations.remove(), generation);
            }
            if (generation == 10) {
                steady = table.sizeBytes();
            }
            if (generation > 10) {
                assertTrue(
                        table.sizeBytes() < steady * 1.3,
                        "generation " + generation + ": " + table.sizeBytes() + " bytes, first " + steady);
            }
        }
    }

    /** One name in fifty stays for ever, so that hardly a page becomes empty by itself. */
    private void endGeneration(int[] ids, int generation) {
        for (int i = 0; i < ids.length; i++) {
            boolean stays = generation < 8 && i % 50 == 0;
            if (!stays) {
                table.release(ids[i]);
            }
        }
        table.reclaim(table.takeReleased());
        while (table.compactStep()) {}
    }

    @Test
    void aTableThatWasEmptiedGivesItsPagesBack() {
        int[] ids = new int[50_000];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = intern("some-longer-value-of-a-label-" + i);
        }
        long full = table.sizeBytes();
        for (int id : ids) {
            table.release(id);
        }
        table.reclaim(table.takeReleased());
        assertTrue(table.sizeBytes() < full / 3, () -> full + " bytes became " + table.sizeBytes());
        assertEquals(0, table.size());
    }

    private int intern(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return table.intern(bytes, 0, bytes.length);
    }

    private int find(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return table.find(bytes, 0, bytes.length);
    }
}
