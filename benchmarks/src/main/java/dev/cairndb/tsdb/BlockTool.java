package dev.cairndb.tsdb;

import com.sun.management.OperatingSystemMXBean;
import dev.cairndb.index.ChunkMetas;
import dev.cairndb.index.IndexWriter;
import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
import dev.cairndb.io.FileStorage;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What it costs to cut a block, and to write the index of a large one. Each in a process of its own, so that what the
 * system tells of it is the price of that:
 *
 * <pre>
 * BlockTool fill DIR SERIES   a head of 4 hours, a sample each 15 seconds
 * BlockTool cut DIR           the block of its first 2 hours
 * BlockTool index FILE SERIES an index with so many series of 6 labels
 * </pre>
 *
 * <p>Prints {@code name=value}: samples or series, CPU seconds, peaks of the heap and of resident memory in MiB, and what
 * was resident before.
 */
public final class BlockTool {
    private static final long START_MILLIS = Duration.ofDays(20_250).toMillis();
    private static final long INTERVAL_MILLIS = 15_000;
    private static final long HOURS_4_MILLIS = Duration.ofHours(4).toMillis();

    private final Path self = Path.of("/proc/self");
    private final OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private long cpuNanosBefore;

    private BlockTool() {}

    public static void main(String[] args) throws IOException {
        Path path = Path.of(args[1]);
        BlockTool tool = new BlockTool();
        switch (args[0]) {
            case "fill" -> tool.fill(path, Integer.parseInt(args[2]));
            case "cut" -> tool.cut(path);
            case "index" -> tool.index(path, Integer.parseInt(args[2]));
            default -> throw new IllegalArgumentException("not known: " + args[0]);
        }
    }

    private static Tsdb open(Path directory) throws IOException {
        return Tsdb.builder(directory)
                .options(TsdbOptions.defaults()
                        .withDurability(Durability.OS)
                        .withMaintenance(TsdbOptions.Maintenance.MANUAL))
                .clock(new EndOfSamples())
                .open();
    }

    private void fill(Path directory, int seriesCount) throws IOException {
        try (Tsdb db = open(directory)) {
            SeriesHandle[] handles = new SeriesHandle[seriesCount];
            for (int i = 0; i < seriesCount; i++) {
                byte[][] texts = KubernetesLabels.of(i);
                String[] labels = new String[texts.length];
                for (int j = 0; j < texts.length; j++) {
                    labels[j] = new String(texts[j], StandardCharsets.UTF_8);
                }
                handles[i] = db.series(Labels.of(labels));
            }
            AppendBatch batch = db.newBatch();
            for (long time = 0; time < HOURS_4_MILLIS; time += INTERVAL_MILLIS) {
                for (int i = 0; i < seriesCount; i++) {
                    batch.add(handles[i], START_MILLIS + time + i % 20, time / INTERVAL_MILLIS * (double) (i % 11));
                }
                if (batch.commit().samplesAppended() != seriesCount) {
                    throw new IOException("not all samples were stored");
                }
            }
        }
    }

    private void cut(Path directory) throws IOException {
        try (Tsdb db = open(directory)) {
            begin();
            db.admin().cutBlocks();
            long samples = db.admin().blocks().stream()
                    .mapToLong(BlockInfo::sampleCount)
                    .sum();
            end("samples", samples);
        }
    }

    private void index(Path file, int seriesCount) throws IOException {
        begin();
        try (IndexWriter writer = IndexWriter.create(FileStorage.instance(), file)) {
            int instances = (seriesCount + 9_999) / 10_000;
            // in order: "0...", "__name__", "cluster", ...
            int first = addSymbols(writer, instances);
            ChunkMetas chunks = new ChunkMetas();
            int[] labels = new int[12];
            for (int series = 0; series < seriesCount; series++) {
                chunks.clear();
                chunks.add(START_MILLIS, START_MILLIS + 1, 8L + series * 64L);
                fillLabels(labels, series, first);
                writer.addSeries(labels, 6, chunks);
            }
            writer.finish();
        }
        end("series", seriesCount);
    }

    private static final int VALUES = 10_000;
    private static final String[] NAMES = {"__name__", "cluster", "instance", "job", "path", "pod"};

    /** Symbols: {@link #VALUES} numbers, then the names, then the instances; returns how many come before the names. */
    private static int addSymbols(IndexWriter writer, int instances) throws IOException {
        for (int i = 0; i < VALUES; i++) {
            add(writer, String.format("%05d", i));
        }
        for (String name : NAMES) {
            add(writer, name);
        }
        for (int i = 0; i < instances; i++) {
            add(writer, String.format("service-%05d", i));
        }
        return VALUES;
    }

    private static void add(IndexWriter writer, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        writer.addSymbol(bytes, 0, bytes.length);
    }

    /** Ascending: the values of the first labels change last. */
    private static void fillLabels(int[] labels, int series, int firstName) {
        int instance = series / VALUES;
        int path = series % VALUES;
        int[] values = {0, 1, firstName + NAMES.length + instance, instance % 97, path, path % 100};
        for (int i = 0; i < values.length; i++) {
            labels[2 * i] = firstName + i;
            labels[2 * i + 1] = values[i];
        }
    }

    private void begin() throws IOException {
        System.gc();
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            pool.resetPeakUsage();
        }
        System.out.println("residentBefore=" + mebibytes("VmRSS:"));
        // the peak of resident memory begins anew
        Files.writeString(self.resolve("clear_refs"), "5");
        cpuNanosBefore = system.getProcessCpuTime();
    }

    private void end(String what, long count) throws IOException {
        double cpuSeconds = (system.getProcessCpuTime() - cpuNanosBefore) / 1e9;
        long heapBytes = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .mapToLong(pool -> pool.getPeakUsage().getUsed())
                .sum();
        System.out.println(what + "=" + count);
        System.out.println("cpuSeconds=" + cpuSeconds);
        System.out.println("heapPeak=" + (heapBytes >> 20));
        System.out.println("residentPeak=" + mebibytes("VmHWM:"));
    }

    private long mebibytes(String name) throws IOException {
        for (String line : Files.readAllLines(self.resolve("status"))) {
            if (line.startsWith(name)) {
                return Long.parseLong(line.replaceAll("\\D", "")) >> 10;
            }
        }
        throw new IOException("no " + name);
    }

    /** It is as late as the newest sample. */
    private static final class EndOfSamples implements Clock {
        @Override
        public long wallMillis() {
            return START_MILLIS + HOURS_4_MILLIS;
        }

        @Override
        public long monotonicNanos() {
            return System.nanoTime();
        }
    }
}
