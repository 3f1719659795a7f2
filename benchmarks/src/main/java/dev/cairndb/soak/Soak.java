package dev.cairndb.soak;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/**
 * Runs {@link SoakHost} for some minutes: two thirds of the time one process, whose memory, descriptors, threads and
 * mapped files must not grow; then processes that are killed, or stopped, and after which the next one looks for every
 * sample that was answered. The exit code is 1 if something grew, was lost or failed.
 */
public final class Soak {
    private static final int MINUTES_DEFAULT = 30;
    private static final int LIFE_SECONDS_MIN = 20;
    private static final int LIFE_SECONDS_MAX = 60;
    private static final double GROWTH_MAX = 1.10;

    private final Path directory;
    private final long startMillis = System.currentTimeMillis();
    private final Map<String, Long> answered = new TreeMap<>();
    private final List<Figures> figures = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private long nowMillis = startMillis;
    private long samplesChecked;
    private int kills;
    private int stops;

    private Soak(Path directory) {
        this.directory = directory;
    }

    public static void main(String[] arguments) throws Exception {
        long minutes = arguments.length > 0 ? Long.parseLong(arguments[0]) : MINUTES_DEFAULT;
        Path directory = Files.createTempDirectory("cairn-soak");
        System.out.println("soak: " + minutes + " minutes in " + directory);
        Soak soak = new Soak(directory);
        long endNanos = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
        long longLifeSeconds = minutes * 60 * 2 / 3;
        soak.live(longLifeSeconds, false);
        soak.compareGrowth();
        Random random = new Random();
        while (System.nanoTime() < endNanos) {
            long seconds = LIFE_SECONDS_MIN + random.nextInt(LIFE_SECONDS_MAX - LIFE_SECONDS_MIN);
            soak.live(seconds, random.nextInt(3) > 0);
        }
        soak.live(1, false);
        System.exit(soak.report() ? 0 : 1);
    }

    /** One process: from its start, with the check of what was answered before, to its end. */
    private void live(long seconds, boolean kill) throws IOException, InterruptedException {
        Process process = start();
        Thread reader = new Thread(() -> listen(process), "output of " + process.pid());
        reader.start();
        boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
        if (ended) {
            failures.add("the process ended by itself: " + process.exitValue());
        } else if (kill) {
            kills++;
            process.destroyForcibly();
        } else {
            stops++;
            process.getOutputStream().close();
        }
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            failures.add("the process did not end");
            process.destroyForcibly();
        }
        reader.join();
    }

    private Process start() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx768m",
                "-cp",
                System.getProperty("java.class.path"),
                SoakHost.class.getName(),
                directory.toString(),
                "" + startMillis,
                "" + nowMillis));
        answered.forEach((writer, round) -> command.add(writer + "=" + round));
        return new ProcessBuilder(command)
                .redirectError(new File(directory.toFile(), "errors.txt"))
                .start();
    }

    private void listen(Process process) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                hear(line);
            }
        } catch (IOException e) {
            // The pipe of a process that was killed.
        }
    }

    private void hear(String line) {
        String[] words = line.split(" ");
        if (line.startsWith("ANSWERED ") && words.length == 3) {
            answered.put(words[1], Long.parseLong(words[2]));
        } else if (line.startsWith("NOW ")) {
            nowMillis = Long.parseLong(words[1]);
        } else if (line.startsWith("CHECKED ")) {
            samplesChecked += Long.parseLong(words[1]);
        } else if (Figures.isLine(line)) {
            figures.add(Figures.parse(line));
            System.out.println(line);
        } else if (line.startsWith("FAILED ")) {
            failures.add(line);
            System.out.println(line);
        }
    }

    /** The last third of the long life beside the one before: by then blocks are as many as retention keeps. */
    private void compareGrowth() {
        int third = figures.size() / 3;
        if (third < 3) {
            System.out.println("soak: too short to see growth, SKIPPED");
            return;
        }
        compare("live heap, MiB", Figures::heapMiB, third, 16);
        compare("resident memory, MiB", Figures::residentMiB, third, 32);
        compare("descriptors", Figures::descriptors, third, 8);
        compare("threads", Figures::threads, third, 6);
        compare("mapped files", Figures::mappings, third, 16);
    }

    private void compare(String what, ToLongFunction<Figures> figure, int third, long slack) {
        double before = mean(figures.subList(third, 2 * third), figure);
        double after = mean(figures.subList(2 * third, figures.size()), figure);
        String line = String.format("%s: %.1f in the second third, %.1f in the last", what, before, after);
        System.out.println("soak: " + line);
        if (after > before * GROWTH_MAX + slack) {
            failures.add("grew: " + line);
        }
    }

    private static double mean(List<Figures> some, ToLongFunction<Figures> figure) {
        return some.stream().mapToLong(figure).average().orElseThrow();
    }

    private boolean report() {
        failures.forEach(failure -> System.out.println("soak: FAILED: " + failure));
        System.out.println("soak: rounds answered " + answered + ", killed " + kills + ", stopped " + stops + ", "
                + samplesChecked + " samples looked up after restarts, " + failures.size() + " failures");
        return failures.isEmpty();
    }
}
