package dev.cairndb.io;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.locks.LockSupport;

/**
 * Mappings in a shared java.lang.foreign.Arena, reached through method handles because this is compiled for Java 17.
 * After {@link #unmap} the runtime itself refuses reads.
 */
final class ArenaMapping implements Mapping {
    private static final int UNMAP_ATTEMPTS_MAX = 10_000;
    private static final long UNMAP_PAUSE_NANOS = 100_000;

    private final Object arena;

    private ArenaMapping(Object arena) {
        this.arena = arena;
    }

    static ArenaMapping open() throws IOException {
        try {
            return new ArenaMapping(Handles.OF_SHARED.invoke());
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    @Override
    public ByteBuffer map(FileChannel channel, long position, long length) throws IOException {
        try {
            Object segment = Handles.MAP.invoke(channel, FileChannel.MapMode.READ_ONLY, position, length, arena);
            return (ByteBuffer) Handles.AS_BYTE_BUFFER.invoke(segment);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** A checksum that runs in another thread holds the arena for a moment; it is waited for. */
    @Override
    public void unmap() {
        for (int attempt = 1; ; attempt++) {
            try {
                Handles.CLOSE.invoke(arena);
                return;
            } catch (IllegalStateException e) {
                if (attempt == UNMAP_ATTEMPTS_MAX) {
                    throw e;
                }
                LockSupport.parkNanos(UNMAP_PAUSE_NANOS);
            } catch (Throwable e) {
                throw unchecked(e);
            }
        }
    }

    private static IOException failed(Throwable failure) {
        if (failure instanceof IOException io) {
            return io;
        }
        throw unchecked(failure);
    }

    private static RuntimeException unchecked(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        return failure instanceof RuntimeException runtime ? runtime : new IllegalStateException(failure);
    }

    /** Resolved on first use: never on a runtime that has no arenas. */
    private static final class Handles {
        static final MethodHandle OF_SHARED;
        static final MethodHandle CLOSE;
        static final MethodHandle MAP;
        static final MethodHandle AS_BYTE_BUFFER;

        static {
            try {
                Class<?> arena = Class.forName("java.lang.foreign.Arena");
                Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
                MethodHandles.Lookup lookup = MethodHandles.publicLookup();
                OF_SHARED = lookup.findStatic(arena, "ofShared", MethodType.methodType(arena));
                CLOSE = lookup.findVirtual(arena, "close", MethodType.methodType(void.class));
                MAP = lookup.findVirtual(
                        FileChannel.class,
                        "map",
                        MethodType.methodType(segment, FileChannel.MapMode.class, long.class, long.class, arena));
                AS_BYTE_BUFFER = lookup.findVirtual(segment, "asByteBuffer", MethodType.methodType(ByteBuffer.class));
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private Handles() {}
    }
}
