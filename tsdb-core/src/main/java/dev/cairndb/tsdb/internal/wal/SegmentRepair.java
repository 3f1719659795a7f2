package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.DamagedFiles;
import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Replaces a damaged segment by one that holds its whole records alone, under the same number: Prometheus wants numbers
 * without a gap. The damaged file is first copied aside; the segment's name always stands for the one or the other.
 */
final class SegmentRepair {
    private static final int BUFFER_SIZE_BYTES = 1 << 20;

    private SegmentRepair() {}

    static void repair(Storage storage, Path segment) throws IOException {
        Path directory = segment.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IllegalArgumentException("a segment lies in a directory: " + segment);
        }
        Path unused = DamagedFiles.copyAside(storage, segment);
        Path repaired = sibling(segment, SegmentDescriptor.temporaryName(nameOf(segment) + ".repaired"));
        storage.delete(repaired);
        writeWholeRecords(storage, segment, repaired);
        storage.rename(repaired, segment);
        storage.syncDirectory(directory);
    }

    private static void writeWholeRecords(Storage storage, Path source, Path target) throws IOException {
        RecordFramer framer = new RecordFramer(BUFFER_SIZE_BYTES);
        RecordDecoder decoder = new RecordDecoder();
        try (SegmentScanner scanner = new SegmentScanner(storage, source);
                AppendFile out = storage.create(target)) {
            for (SegmentScanner.Event event = scanner.next();
                    event != SegmentScanner.Event.END;
                    event = scanner.next()) {
                if (event == SegmentScanner.Event.RECORD && isDecodable(decoder, scanner)) {
                    framer.add(
                            scanner.stored(),
                            scanner.storedOffset(),
                            scanner.storedLength(),
                            scanner.compressionBits());
                }
                if (framer.size() >= BUFFER_SIZE_BYTES) {
                    flush(framer, out);
                }
            }
            flush(framer, out);
            out.sync();
        }
    }

    private static boolean isDecodable(RecordDecoder decoder, SegmentScanner scanner) {
        try {
            decoder.read(scanner.bytes(), scanner.offset(), scanner.length());
            return true;
        } catch (CorruptionException e) {
            return false;
        }
    }

    private static void flush(RecordFramer framer, AppendFile out) throws IOException {
        out.write(framer.array(), 0, framer.size());
        framer.reset(framer.position());
    }

    private static Path sibling(Path path, String name) {
        return path.resolveSibling(name);
    }

    private static String nameOf(Path path) {
        return String.valueOf(path.getFileName());
    }
}
