package dev.cairndb.tsdb.internal.head;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Crc32c;
import java.io.IOException;

/**
 * Writes frames: {@code length u32 | bytes | crc32c u32}, the checksum being that of the bytes. What {@link #entry} is
 * called behind lies in one frame. Not thread-safe.
 */
final class FrameWriter {
    private static final int FRAME_BYTES = 1 << 18;

    private final AppendFile file;
    private final ByteWriter frame = new ByteWriter(FRAME_BYTES + (FRAME_BYTES >> 2));

    FrameWriter(AppendFile file) {
        this.file = file;
        begin();
    }

    private void begin() {
        frame.clear();
        frame.putInt(0);
    }

    /** For the bytes of the next entry. */
    ByteWriter bytes() {
        return frame;
    }

    /** Ends an entry, and the frame if it is full. */
    void entry() throws IOException {
        if (frame.size() >= FRAME_BYTES) {
            end();
        }
    }

    /** Ends the frame, if anything is in it, and returns where the next one begins. */
    long end() throws IOException {
        int length = frame.size() - Integer.BYTES;
        if (length > 0) {
            int crc = Crc32c.of(frame.array(), Integer.BYTES, length);
            frame.putInt(crc);
            BigEndian.putInt(frame.array(), 0, length);
            file.write(frame.array(), 0, frame.size());
            begin();
        }
        return file.size();
    }
}
