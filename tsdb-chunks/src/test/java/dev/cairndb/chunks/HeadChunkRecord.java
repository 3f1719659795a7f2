package dev.cairndb.chunks;

import java.io.IOException;
import java.util.List;

/** What a scan tells about a record. */
record HeadChunkRecord(
        long seriesReference,
        long reference,
        long minTimestampMillis,
        long maxTimestampMillis,
        int encodingId,
        int sampleCount,
        boolean outOfOrder) {

    static HeadChunkHandler addTo(List<HeadChunkRecord> records) {
        return (series, reference, min, max, encoding, samples, late) ->
                records.add(new HeadChunkRecord(series, reference, min, max, encoding, samples, late));
    }

    /** Writes the record again with the bytes of {@code chunk}. */
    long write(HeadChunkWriter writer, EncodedChunk chunk) throws IOException {
        return writer.write(
                seriesReference,
                minTimestampMillis,
                maxTimestampMillis,
                chunk.encoding(),
                outOfOrder,
                chunk.array(),
                chunk.offset(),
                chunk.length());
    }
}
