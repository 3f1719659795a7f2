package dev.cairndb.io;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;

/** Mappings for Java 17 to 21, where nothing but Unsafe.invokeCleaner gives them back before the garbage collector. */
final class CleanerMapping implements Mapping {
    private final List<ByteBuffer> mapped = new ArrayList<>(1);

    @Override
    public ByteBuffer map(FileChannel channel, long position, long length) throws IOException {
        ByteBuffer buffer = channel.map(FileChannel.MapMode.READ_ONLY, position, length);
        mapped.add(buffer);
        return buffer;
    }

    @Override
    public void unmap() {
        try {
            for (ByteBuffer buffer : mapped) {
                Cleaner.INVOKE.invoke(buffer);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        } finally {
            mapped.clear();
        }
    }

    /** Resolved on first use: never on a runtime that would warn. */
    private static final class Cleaner {
        static final MethodHandle INVOKE;

        static {
            try {
                Class<?> unsafe = Class.forName("sun.misc.Unsafe");
                Field instance = unsafe.getDeclaredField("theUnsafe");
                instance.setAccessible(true);
                INVOKE = MethodHandles.lookup()
                        .findVirtual(unsafe, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
                        .bindTo(instance.get(null));
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private Cleaner() {}
    }
}
