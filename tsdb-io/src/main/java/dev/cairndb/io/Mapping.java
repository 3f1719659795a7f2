package dev.cairndb.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Mapped memory that can be given back at once. From Java 22 on an Arena does that in public API; before, it takes the
 * one method of Unsafe that this project calls.
 */
interface Mapping {
    ByteBuffer map(FileChannel channel, long position, long length) throws IOException;

    /** Unmaps everything mapped through this object; called once. */
    void unmap();

    static Mapping open() throws IOException {
        return Runtime.version().feature() >= 22 ? ArenaMapping.open() : new CleanerMapping();
    }
}
