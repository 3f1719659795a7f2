package dev.cairndb.chunks;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.MappedFile;
import dev.cairndb.io.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the chunk files of a block, all of them mapped. Thread-safe, except that nobody may read any more when {@link
 * #close} is called: the block counts its readers.
 */
public final class ChunkSegmentReader implements Closeable {
    private final List<Segment> segments = new ArrayList<>();

    private ChunkSegmentReader() {}

    /**
     * Maps all segments of a directory and checks their headers.
     *
     * @throws CorruptionException if a file is missing between others or is not a chunk file
     * @throws FormatVersionException if a file has another version
     */
    public static ChunkSegmentReader open(Storage storage, Path directory) throws IOException {
        ChunkSegmentReader reader = new ChunkSegmentReader();
        try {
            for (int number : NumberedFiles.list(storage, directory)) {
                Path file = NumberedFiles.path(directory, reader.segments.size() + 1);
                if (number != reader.segments.size() + 1) {
                    throw new CorruptionException(file.toString(), 0, "a file", "none, but " + number);
                }
                Segment segment = new Segment(file.toString(), storage.map(file));
                reader.segments.add(segment);
                segment.checkHeader();
            }
            return reader;
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    /**
     * Maps what there is of a damaged block: files that are missing or have no good header are told to {@code damaged},
     * and reading a chunk in one of them fails.
     */
    public static ChunkSegmentReader openDamaged(Storage storage, Path directory, Consumer<IOException> damaged)
            throws IOException {
        ChunkSegmentReader reader = new ChunkSegmentReader();
        try {
            for (int number : NumberedFiles.list(storage, directory)) {
                while (reader.segments.size() + 1 < number) {
                    Path missing = NumberedFiles.path(directory, reader.segments.size() + 1);
                    CorruptionException gap =
                            new CorruptionException(missing.toString(), 0, "a file", "none, but " + number);
                    damaged.accept(gap);
                    reader.segments.add(new Segment(missing.toString(), null));
                }
                Path file = NumberedFiles.path(directory, number);
                Segment segment = new Segment(file.toString(), storage.map(file));
                try {
                    segment.checkHeader();
                    reader.segments.add(segment);
                } catch (CorruptionException | FormatVersionException e) {
                    segment.close();
                    damaged.accept(e);
                    reader.segments.add(new Segment(file.toString(), null));
                }
            }
            return reader;
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    /**
     * Reads files that are mapped already, and belong to the reader from now on. Their headers are looked at when they
     * are first read.
     *
     * @param names for error messages
     */
    public static ChunkSegmentReader of(List<String> names, List<MappedFile> files) {
        ChunkSegmentReader reader = new ChunkSegmentReader();
        for (int i = 0; i < files.size(); i++) {
            Segment segment = new Segment(names.get(i), files.get(i));
            segment.headerIsUnchecked = true;
            reader.segments.add(segment);
        }
        return reader;
    }

    /**
     * Fills {@code target} with the chunk of this reference, copied into the target's own buffer.
     *
     * @param minTimestampMillis time range of the chunk, which the index knows
     * @throws CorruptionException if there is no whole chunk or its checksum is wrong
     * @throws UnsupportedChunkException if the chunk is in an encoding that is not known
     */
    public void read(long chunkReference, long minTimestampMillis, long maxTimestampMillis, EncodedChunk target)
            throws IOException {
        segmentOf(chunkReference).read(chunkReference & 0xFFFFFFFFL, null, target);
        target.timeRange(minTimestampMillis, maxTimestampMillis);
    }

    /**
     * As {@link #read} for a chunk of a downsampled block, of which the target gets one aggregate; an empty chunk if
     * there is none.
     *
     * @throws UnsupportedChunkException if the chunk is another one
     */
    public void readAggregate(long chunkReference, Aggregate aggregate, EncodedChunk target) throws IOException {
        segmentOf(chunkReference).read(chunkReference & 0xFFFFFFFFL, aggregate, target);
    }

    private Segment segmentOf(long chunkReference) throws CorruptionException {
        long sequence = chunkReference >>> 32;
        if (sequence >= segments.size()) {
            throw new CorruptionException(
                    "chunks", 0, "a segment below " + segments.size(), "a reference to segment " + sequence);
        }
        return segments.get((int) sequence);
    }

    /**
     * The encodings of all chunks: bit n is set if there is one with id n; ids from 63 on share the last bit. Walks
     * over the files from length to length and looks at nothing else.
     *
     * @throws CorruptionException if a file is not a chain of chunks to its end
     */
    public long encodingIds() throws CorruptionException {
        long ids = 0;
        for (Segment segment : segments) {
            ids |= segment.encodingIds();
        }
        return ids;
    }

    public int segmentCount() {
        return segments.size();
    }

    public long sizeBytes() {
        return segments.stream().mapToLong(Segment::sizeBytes).sum();
    }

    @Override
    public void close() {
        for (Segment segment : segments) {
            segment.close();
        }
    }

    private static final class Segment {
        private final String name;
        private final @Nullable MappedFile mapped;
        private volatile boolean headerIsUnchecked;

        /** @param mapped null if there is no such file */
        Segment(String name, @Nullable MappedFile mapped) {
            this.name = name;
            this.mapped = mapped;
        }

        void checkHeader() throws IOException {
            ChunkSegment.HEADER.check(name, file());
        }

        private MappedFile file() throws CorruptionException {
            MappedFile file = mapped;
            if (file == null) {
                throw corrupt(0, "a chunk file", "none that can be read");
            }
            return file;
        }

        long sizeBytes() {
            return mapped == null ? 0 : mapped.size();
        }

        void close() {
            if (mapped != null) {
                mapped.close();
            }
        }

        long encodingIds() throws CorruptionException {
            MappedFile file = file();
            long ids = 0;
            long at = ChunkSegment.HEADER_BYTES;
            while (at < file.size()) {
                long lengths = lengths(at);
                at += lengths >>> Integer.SIZE;
                ids |= 1L << Math.min(file.get(at) & 0xFF, Long.SIZE - 1);
                at += ChunkSegment.ENCODING_BYTES + (int) lengths + ChunkSegment.CRC_BYTES;
            }
            return ids;
        }

        void read(long offset, @Nullable Aggregate aggregate, EncodedChunk target) throws IOException {
            MappedFile file = file();
            if (headerIsUnchecked) {
                checkHeader();
                headerIsUnchecked = false;
            }
            if (offset < ChunkSegment.HEADER_BYTES || offset >= file.size()) {
                throw corrupt(offset, "a chunk", "a reference outside the file of " + file.size() + " bytes");
            }
            long lengths = lengths(offset);
            readBody(offset + (lengths >>> Integer.SIZE), (int) lengths, aggregate, target);
        }

        /**
         * Of a chunk, all of which is inside the file: the length of its data, in the upper half the bytes that tell
         * it.
         */
        private long lengths(long offset) throws CorruptionException {
            MappedFile file = file();
            long dataLength = 0;
            long at = offset;
            for (int shift = 0; ; shift += 7) {
                if (shift >= 7 * ChunkSegment.LENGTH_BYTES_MAX || at >= file.size()) {
                    throw corrupt(offset, "a data length", (at - offset) + " bytes of one");
                }
                byte b = file.get(at++);
                dataLength |= (long) (b & 0x7F) << shift;
                if (b >= 0) {
                    break;
                }
            }
            long left = file.size() - at - ChunkSegment.ENCODING_BYTES - ChunkSegment.CRC_BYTES;
            if (dataLength < XorChunk.HEADER_BYTES || dataLength > Math.min(left, EncodedChunk.LENGTH_MAX)) {
                throw corrupt(offset, "a data length of 2 to " + left, "" + dataLength);
            }
            return at - offset << Integer.SIZE | dataLength;
        }

        private void readBody(long at, int dataLength, @Nullable Aggregate aggregate, EncodedChunk target)
                throws IOException {
            MappedFile file = file();
            int checksummed = ChunkSegment.ENCODING_BYTES + dataLength;
            byte[] bytes = target.ownBuffer(checksummed);
            file.get(at, bytes, 0, checksummed);
            int expected = file.getInt(at + checksummed);
            int found = Crc32c.of(bytes, 0, checksummed);
            if (expected != found) {
                throw corrupt(at, "checksum " + Integer.toHexString(expected), Integer.toHexString(found));
            }
            int encodingId = bytes[0] & 0xFF;
            if (aggregate != null && encodingId == AggregateChunk.ENCODING_ID) {
                AggregateChunk.select(
                        name,
                        at + ChunkSegment.ENCODING_BYTES,
                        bytes,
                        ChunkSegment.ENCODING_BYTES,
                        dataLength,
                        aggregate,
                        target);
                return;
            }
            if (aggregate != null) {
                throw new UnsupportedChunkException(encodingId);
            }
            ChunkEncoding encoding = ChunkEncoding.ofId(encodingId);
            if (encoding == null) {
                throw new UnsupportedChunkException(encodingId);
            }
            target.wrap(encoding, 0, 0, bytes, ChunkSegment.ENCODING_BYTES, dataLength);
            target.origin(name, at + ChunkSegment.ENCODING_BYTES);
        }

        private CorruptionException corrupt(long offset, String expected, String found) {
            return new CorruptionException(name, offset, expected, found);
        }
    }
}
