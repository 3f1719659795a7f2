package dev.cairndb.testkit;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Inputs for a decoder of untrusted bytes, kept as files in the test resources {@code /corpus/NAME-OF-THE-TEST}:
 * examples, and what a fuzzer once found. {@link #replay} runs all of them, and each also in changed form; the system
 * property {@code cairn.fuzz.rounds} says how many changed ones there are of each. The target throws for what it should
 * not have done; refusing bad input is its business.
 */
public final class FuzzCorpus {
    private static final int ROUNDS = Integer.getInteger("cairn.fuzz.rounds", 200);
    private static final byte[] ODD_BYTES = {0, 1, 2, 0x7F, (byte) 0x80, (byte) 0xFF};

    private FuzzCorpus() {}

    /** Takes bytes that may be anything. */
    @FunctionalInterface
    public interface Target {
        void run(byte[] input) throws Exception;
    }

    /** Runs the target with everything in the corpus of this test, which must not be empty. */
    public static void replay(Class<?> test, Target target) throws IOException {
        List<Path> files = files(test);
        List<byte[]> inputs = new ArrayList<>();
        for (Path file : files) {
            inputs.add(Files.readAllBytes(file));
        }
        for (int i = 0; i < inputs.size(); i++) {
            String name = String.valueOf(files.get(i).getFileName());
            run(target, inputs.get(i), name);
            for (int seed = 0; seed < ROUNDS; seed++) {
                run(target, changed(inputs, i, new Random(31L * name.hashCode() + seed)), name + " changed, " + seed);
            }
        }
    }

    private static void run(Target target, byte[] input, String name) {
        try {
            target.run(input.clone());
        } catch (Throwable e) {
            throw new AssertionError(name + ": " + HexFormat.of().formatHex(input), e);
        }
    }

    /** Some edits, as a fuzzer makes them. */
    private static byte[] changed(List<byte[]> inputs, int index, Random random) {
        byte[] bytes = inputs.get(index).clone();
        for (int edits = 1 + random.nextInt(4); edits > 0; edits--) {
            if (bytes.length == 0) {
                return new byte[] {(byte) random.nextInt()};
            }
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = ODD_BYTES[random.nextInt(ODD_BYTES.length)];
                case 2 -> bytes[at] = (byte) random.nextInt();
                case 3 -> bytes = Arrays.copyOf(bytes, at);
                case 4 -> bytes = joined(bytes, at, bytes, random.nextInt(bytes.length));
                default -> {
                    byte[] other = inputs.get(random.nextInt(inputs.size()));
                    bytes = joined(bytes, at, other, random.nextInt(other.length + 1));
                }
            }
        }
        return bytes;
    }

    /** The start of the one and the end of the other. */
    private static byte[] joined(byte[] a, int aEnd, byte[] b, int bStart) {
        byte[] joined = Arrays.copyOf(a, aEnd + b.length - bStart);
        System.arraycopy(b, bStart, joined, aEnd, b.length - bStart);
        return joined;
    }

    private static List<Path> files(Class<?> test) throws IOException {
        String folder = "/corpus/" + test.getSimpleName();
        URL resource = test.getResource(folder);
        if (resource == null) {
            throw new AssertionError("no folder " + folder + " in the resources of " + test);
        }
        try (Stream<Path> files = Files.list(Path.of(resource.toURI()))) {
            List<Path> sorted = files.sorted().toList();
            if (sorted.isEmpty()) {
                throw new AssertionError("no files in " + resource);
            }
            return sorted;
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
