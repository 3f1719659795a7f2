package dev.cairndb.tsdb;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import dev.cairndb.index.ChunkMetas;
import dev.cairndb.index.IndexWriter;
import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
import dev.cairndb.io.FileStorage;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import dev.cairndb.tsdb.internal.block.UlidSource;
import dev.cairndb.tsdb.internal.compact.BlockMerge;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * What it costs to cut a block, to merge blocks, and to write the index of a large one. Each in a process of its own,
 * so that what the system tells of it is the price of that:
 *
 * <pre>
 * BlockTool fill DIR SERIES   a head of 4 hours, a sample each 15 seconds
 * BlockTool blocks DIR SERIES 4 blocks of 2 hours, and a head
 * BlockTool cut DIR...        the block of its first 2 hours, of one after the other
 * BlockTool merge DIR...      one block of the first 3 blocks, of one after the other
 * BlockTool index FILE SERIES an index with so many series of 6 labels
 * </pre>
 *
 * <p>Prints {@code name=value}: samples or series, CPU seconds, bytes allocated by the working thread, peaks of the
 * heap and of resident memory in MiB, and what was resident before. The names of what a second directory costs, when
 * the JVM is warm, end in 2, and so on.
 */
public final class BlockTool {
    private static final long START_MILLIS = Duration.ofDays(20_250).toMillis();
    private static final long INTERVAL_MILLIS = 15_000;
    private static final long MERGED_MILLIS = Duration.ofHours(6).toMillis();
    private static final Duration IDLE_FOR = Duration.ofSeconds(1);
    private static final Duration IDLE_WITHIN = Duration.ofSeconds(30);
    private static final long IDLE_CPU_NANOS = 10_000_000;

    private final Path self = Path.of("/proc/self");
    private final OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private long cpuNanosBefore;
    private long allocatedBefore;
    /** What names of figures end in. */
    private String turn = "";

    private BlockTool() {}

    public static void main(String[] args) throws IOException {
        Path path = Path.of(args[1]);
        BlockTool tool = new BlockTool();
        switch (args[0]) {
            case "fill" -> tool.fill(path, Integer.parseInt(args[2]), 4);
            case "blocks" -> tool.fill(path, Integer.parseInt(args[2]), 10);
            case "cut" -> tool.each(args, tool::cut);
            case "merge" -> tool.each(args, tool::merge);
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

    private void fill(Path directory, int seriesCount, int hours) throws IOException {
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
            for (long time = 0; time < Duration.ofHours(hours).toMillis(); time += INTERVAL_MILLIS) {
                for (int i = 0; i < seriesCount; i++) {
                    batch.add(handles[i], START_MILLIS + time + i % 20, time / INTERVAL_MILLIS * (double) (i % 11));
                }
                if (batch.commit().samplesAppended() != seriesCount) {
                    throw new IOException("not all samples were stored");
                }
            }
            if (hours > 4) {
                db.admin().cutBlocks();
            }
        }
    }

    /** What is done to a directory. */
    private interface Work {
        void run(Path directory) throws IOException;
    }

    private void each(String[] args, Work work) throws IOException {
        for (int i = 1; i < args.length; i++) {
            turn = i == 1 ? "" : Integer.toString(i);
            work.run(Path.of(args[i]));
        }
    }

    private void cut(Path directory) throws IOException {
        try (Tsdb db = open(directory)) {
            awaitIdle();
            begin();
            db.admin().cutBlocks();
            long samples = db.admin().blocks().stream()
                    .mapToLong(BlockInfo::sampleCount)
                    .sum();
            end("samples", samples);
        }
    }

    private void merge(Path directory) throws IOException {
        FileStorage storage = FileStorage.instance();
        List<Block> blocks = new ArrayList<>();
        for (String name : storage.list(directory)) {
            if (Files.exists(directory.resolve(name).resolve(BlockMeta.FILE_NAME))) {
                Block block = Block.open(storage, directory.resolve(name));
                if (block.meta().maxTimestampMillis() <= START_MILLIS + MERGED_MILLIS) {
                    blocks.add(block);
                }
            }
        }
        Ulid ulid = new UlidSource(Clock.system(), new SplittableRandom()).next();
        BlockMerge merge = new BlockMerge(storage, directory);
        awaitIdle();
        begin();
        BlockMeta merged = merge.run(blocks, ulid, () -> false);
        if (blocks.size() != 3 || merged == null) {
            throw new IOException("blocks found: " + blocks.size());
        }
        end("samples", merged.stats().samples());
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

    /** Opening is not to be paid for by what comes next: the JVM goes on to compile what it has met there. */
    private void awaitIdle() {
        long deadline = System.nanoTime() + IDLE_WITHIN.toNanos();
        long before;
        do {
            before = system.getProcessCpuTime();
            LockSupport.parkNanos(IDLE_FOR.toNanos());
        } while (system.getProcessCpuTime() - before > IDLE_CPU_NANOS && System.nanoTime() < deadline);
    }

    private void begin() throws IOException {
        System.gc();
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            pool.resetPeakUsage();
        }
        print("residentBefore", mebibytes("VmRSS:"));
        // the peak of resident memory begins anew
        Files.writeString(self.resolve("clear_refs"), "5");
        allocatedBefore = threads.getCurrentThreadAllocatedBytes();
        cpuNanosBefore = system.getProcessCpuTime();
    }

    private void end(String what, long count) throws IOException {
        double cpuSeconds = (system.getProcessCpuTime() - cpuNanosBefore) / 1e9;
        long allocated = threads.getCurrentThreadAllocatedBytes() - allocatedBefore;
        long heapBytes = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .mapToLong(pool -> pool.getPeakUsage().getUsed())
                .sum();
        print(what, count);
        print("cpuSeconds", cpuSeconds);
        print("allocated", allocated);
        print("heapPeak", heapBytes >> 20);
        print("residentPeak", mebibytes("VmHWM:"));
    }

    private void print(String name, Number value) {
        System.out.println(name + turn + "=" + value);
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
            return START_MILLIS + Duration.ofHours(10).toMillis();
        }

        @Override
        public long monotonicNanos() {
            return System.nanoTime();
        }
    }
}
