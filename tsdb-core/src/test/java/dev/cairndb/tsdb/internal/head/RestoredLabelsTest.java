package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairndb.index.LabelIndex;
import dev.cairndb.index.Labels;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.tsdb.TsdbOptions;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Restored series have their labels, each once, and are found by them, whatever the executor makes of it. */
final class RestoredLabelsTest {
    private static final int SERIES = 20_000;

    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final Map<String, Executor> executors = Map.of(
            "threads", threads, "the adding thread", Runnable::run, "none to spare", task -> {}, "closed", task -> {
                throw new RejectedExecutionException();
            });

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @Test
    void allHaveTheirLabelsAndAreFoundByThem() throws Exception {
        for (Map.Entry<String, Executor> executor : executors.entrySet()) {
            SeriesRegistry registry =
                    new SeriesRegistry(new Rows(), TsdbOptions.defaults().limits(), new CacheBudget(0));
            // Whole batches, and many that are not.
            int interruptedOf = executor.getValue() == threads ? 20_000 : 500;
            Map<Labels, Integer> slots = restore(registry, executor.getValue(), new Random(1), interruptedOf);

            assertEquals(slots.size(), registry.active(), executor.getKey());
            for (Map.Entry<Labels, Integer> series : slots.entrySet()) {
                byte[] packed = series.getKey().packed();
                assertArrayEquals(packed, labelsOf(registry, series.getValue()), executor.getKey());
                assertEquals(series.getValue(), registry.resolve(packed, 0, packed.length, false));
            }
            assertPostings(slots, registry.postings());
            registry.close();
        }
    }

    @Test
    void aFailureOfAnotherThreadIsToldWithItsCause() {
        for (Executor executor : executors.values()) {
            SeriesRegistry registry =
                    new SeriesRegistry(new Rows(), TsdbOptions.defaults().limits(), new CacheBudget(0));
            registry.beginRestoring(executor);
            // The value of label a ends nowhere.
            byte[] broken = {1, 'a', -1, -1, -1, 0x7F};
            var unused = registry.findOrRestore(broken, 0, broken.length, 1);
            IllegalStateException told = assertThrows(IllegalStateException.class, () -> {
                for (int i = 0; i < SERIES; i++) {
                    byte[] packed = labels(i).packed();
                    var slot = registry.findOrRestore(packed, 0, packed.length, i + 2);
                }
                registry.endRestoring();
            });
            assertInstanceOf(IndexOutOfBoundsException.class, told.getCause());
            registry.stopRestoring();
            registry.close();
        }
    }

    /** The slots by the labels; now and then labels come again, or are looked at. */
    private static Map<Labels, Integer> restore(
            SeriesRegistry registry, Executor executor, Random random, int interruptedOf) {
        Map<Labels, Integer> slots = new LinkedHashMap<>();
        registry.beginRestoring(executor);
        for (int i = 0; i < SERIES; i++) {
            Labels labels = labels(random.nextInt(interruptedOf) == 0 ? random.nextInt(i + 1) : i);
            byte[] packed = labels.packed();
            int slot = registry.findOrRestore(packed, 0, packed.length, i + 1);
            Integer before = slots.put(labels, slot);
            assertEquals(before == null ? slots.size() - 1 : before, slot);
            if (random.nextInt(interruptedOf * 4) == 0) {
                registry.settleRestored();
                assertArrayEquals(packed, labelsOf(registry, slot));
            }
        }
        registry.endRestoring();
        return slots;
    }

    private static Labels labels(int series) {
        Labels labels = Labels.of("__name__", "metric_" + series % 7, "pod", "pod-" + series / 300);
        if (series % 1_000 == 1) {
            labels = labels.toBuilder()
                    .add("text", ("text " + series + " ").repeat(2_000))
                    .build();
        }
        return series % 3 == 0
                ? labels
                : labels.toBuilder().add("path", "/" + series).build();
    }

    private static byte[] labelsOf(SeriesRegistry registry, int slot) {
        ByteWriter packed = new ByteWriter(16);
        registry.packLabels(slot, packed);
        return Arrays.copyOf(packed.array(), packed.size());
    }

    private static void assertPostings(Map<Labels, Integer> slots, LabelIndex index) throws Exception {
        assertArrayEquals(ints(new TreeSet<>(slots.values())), index.all().toArray());
        for (String name : new String[] {"__name__", "pod", "path"}) {
            Map<String, TreeSet<Integer>> byValue = new TreeMap<>();
            slots.forEach((labels, slot) -> {
                String value = labels.get(name);
                if (!value.isEmpty()) {
                    byValue.computeIfAbsent(value, k -> new TreeSet<>()).add(slot);
                }
            });
            byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
            for (Map.Entry<String, TreeSet<Integer>> value : byValue.entrySet()) {
                byte[] valueBytes = value.getKey().getBytes(StandardCharsets.UTF_8);
                assertArrayEquals(
                        ints(value.getValue()),
                        index.postings(nameBytes, valueBytes).toArray());
            }
        }
    }

    private static int[] ints(TreeSet<Integer> slots) {
        return slots.stream().mapToInt(Integer::intValue).toArray();
    }
}
