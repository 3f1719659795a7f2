package dev.cairndb.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ZstdTest {
    private static final int MAX = 1 << 20;

    @Test
    void whatIsCompressedComesBack() throws IOException {
        Random random = new Random(1);
        for (int size : new int[] {0, 1, 100, 70_000, 500_000}) {
            byte[] input = SnappyPropertyTest.input(size, random);
            ByteWriter frame = new ByteWriter(0);
            frame.putByte(7);
            Zstd.compress(input, 0, size, frame);
            ByteWriter output = new ByteWriter(0);
            output.putByte(9);
            assertEquals(size, Zstd.decompress(frame.array(), 1, frame.size() - 1, output, MAX));
            assertArrayEquals(input, Arrays.copyOfRange(output.array(), 1, output.size()));
            assertEquals(9, output.array()[0]);
        }
    }

    @Test
    void framesWithoutContentSizeAndSeveralFramesAreRead() throws IOException {
        byte[] input = SnappyPropertyTest.input(300_000, new Random(2));
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        for (int i = 0; i < 2; i++) {
            try (ZstdOutputStream stream = new ZstdOutputStream(frames).setCloseFrameOnFlush(false)) {
                stream.write(input, i * 150_000, 150_000);
            }
        }
        ByteWriter output = new ByteWriter(0);
        Zstd.decompress(frames.toByteArray(), 0, frames.size(), output, MAX);
        assertArrayEquals(input, output.toByteArray());
    }

    @Test
    void contentOverTheLimitIsRefusedDeclaredOrNot() throws IOException {
        ByteWriter declared = new ByteWriter(0);
        Zstd.compress(new byte[MAX + 1], 0, MAX + 1, declared);
        ByteArrayOutputStream undeclared = new ByteArrayOutputStream();
        try (ZstdOutputStream stream = new ZstdOutputStream(undeclared)) {
            stream.write(new byte[MAX + 1]);
        }
        for (byte[] frame : new byte[][] {declared.toByteArray(), undeclared.toByteArray()}) {
            ByteWriter output = new ByteWriter(0);
            assertThrows(MalformedZstdException.class, () -> Zstd.decompress(frame, 0, frame.length, output, MAX));
            assertEquals(0, output.size());
            assertTrue(output.array().length <= 2 * MAX);
            assertEquals(MAX + 1, Zstd.decompress(frame, 0, frame.length, output, MAX + 1));
        }
    }

    @Test
    void whatIsNoFrameDeclaresNothingAndIsRefused() {
        for (byte[] input : new byte[][] {{}, {1}, {1, 2, 3, 4, 5, 6, 7, 8, 9}, new byte[100]}) {
            assertEquals(-1, Zstd.declaredSizeBytes(input, 0, input.length));
        }
        byte[] noFrame = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        assertThrows(
                MalformedZstdException.class,
                () -> Zstd.decompress(noFrame, 0, noFrame.length, new ByteWriter(0), MAX));
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        byte[] input = SnappyPropertyTest.input(500, new Random(3));
        ByteWriter frame = new ByteWriter(0);
        Zstd.compress(input, 0, input.length, frame);
        for (int length = 1; length < frame.size(); length++) {
            int cut = length;
            assertThrows(
                    MalformedZstdException.class, () -> Zstd.decompress(frame.array(), 0, cut, new ByteWriter(0), MAX));
        }
    }

    @Test
    void mutationsAreRefusedOrStayWithinTheLimit() throws IOException {
        Random random = new Random(4);
        byte[] input = SnappyPropertyTest.input(2_000, random);
        ByteWriter frame = new ByteWriter(0);
        Zstd.compress(input, 0, input.length, frame);
        int refused = 0;
        for (int i = 0; i < 5_000; i++) {
            byte[] mutated = frame.toByteArray();
            mutated[random.nextInt(mutated.length)] ^= (byte) (1 << random.nextInt(8));
            ByteWriter output = new ByteWriter(0);
            try {
                assertTrue(Zstd.decompress(mutated, 0, mutated.length, output, 4_000) <= 4_000);
            } catch (MalformedZstdException e) {
                refused++;
            }
        }
        assertTrue(refused > 0);
    }

    @Test
    void missingDependencyIsNamed() throws Exception {
        try (BareClassLoader loader = new BareClassLoader()) {
            Class<?> zstd = loader.loadClass("dev.cairndb.io.Zstd");
            assertFalse((boolean) zstd.getMethod("isAvailable").invoke(null));
            Class<?> writer = loader.loadClass("dev.cairndb.io.ByteWriter");
            Method compress = zstd.getMethod("compress", byte[].class, int.class, int.class, writer);
            Object out = writer.getConstructor(int.class).newInstance(10);
            InvocationTargetException failure = assertThrows(
                    InvocationTargetException.class, () -> compress.invoke(null, new byte[10], 0, 10, out));
            assertEquals(IOException.class, failure.getCause().getClass());
            assertTrue(failure.getCause().getMessage().contains("com.github.luben:zstd-jni"));
        }
    }

    /** Sees this module's classes and the JDK, no dependency. */
    private static final class BareClassLoader extends java.net.URLClassLoader {
        BareClassLoader() {
            super(
                    new java.net.URL[] {
                        Zstd.class.getProtectionDomain().getCodeSource().getLocation()
                    },
                    ClassLoader.getPlatformClassLoader());
        }
    }
}
