package dev.cairndb.receiver.tools;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.chunks.SampleCursor;
import java.io.IOException;
import java.io.PrintStream;

/** How large the chunks of a block are: the figures of {@code promtool tsdb analyze --extended}. */
final class ChunkFigures {
    private final ChunkCursors cursors = new ChunkCursors();
    private final Distribution floatSamples = new Distribution("samples per float chunk");
    private final Distribution floatBytes = new Distribution("bytes per float chunk");
    private final Distribution histogramSamples = new Distribution("samples per histogram chunk");
    private final Distribution histogramBytes = new Distribution("bytes per histogram chunk");
    private final Distribution histogramBuckets = new Distribution("buckets per histogram chunk");
    private long chunks;

    void add(EncodedChunk chunk) throws IOException {
        chunks++;
        if (chunk.encoding() == ChunkEncoding.XOR || chunk.encoding() == ChunkEncoding.XOR2) {
            floatSamples.add(chunk.sampleCount());
            floatBytes.add(chunk.length());
        } else {
            histogramSamples.add(chunk.sampleCount());
            histogramBytes.add(chunk.length());
            histogramBuckets.add(buckets(chunk));
        }
    }

    /** Those of all its samples. */
    private int buckets(EncodedChunk chunk) throws IOException {
        int buckets = 0;
        for (SampleCursor sample = cursors.open(chunk); sample.next(); ) {
            HistogramSample histogram = sample.histogram();
            buckets += histogram.positiveBucketCount() + histogram.negativeBucketCount();
        }
        return buckets;
    }

    void print(PrintStream out) {
        out.println();
        out.println("Compaction analysis:");
        out.println();
        for (Distribution figures :
                new Distribution[] {floatSamples, floatBytes, histogramSamples, histogramBytes, histogramBuckets}) {
            figures.lines(chunks).forEach(out::println);
            out.println();
        }
    }

    void write(JsonGenerator json) throws IOException {
        json.writeNumberField("chunks", chunks);
        write("samplesPerFloatChunk", floatSamples, json);
        write("bytesPerFloatChunk", floatBytes, json);
        write("samplesPerHistogramChunk", histogramSamples, json);
        write("bytesPerHistogramChunk", histogramBytes, json);
        write("bucketsPerHistogramChunk", histogramBuckets, json);
    }

    /** Least, average, most, and the ranges; nothing if there are no such chunks. */
    private static void write(String name, Distribution figures, JsonGenerator json) throws IOException {
        if (figures.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart(name);
        json.writeNumberField("min", figures.least());
        json.writeNumberField("avg", figures.average());
        json.writeNumberField("max", figures.most());
        json.writeArrayFieldStart("ranges");
        for (Distribution.Range range : figures.ranges()) {
            json.writeStartObject();
            json.writeNumberField("from", range.from());
            json.writeNumberField("to", range.to());
            json.writeNumberField("count", range.count());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
