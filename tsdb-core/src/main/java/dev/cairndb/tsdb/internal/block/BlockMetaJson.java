package dev.cairndb.tsdb.internal.block;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.core.util.Separators;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The text of meta.json: indented with tabs, fields in the order of Prometheus, zero counts and empty lists left out,
 * so that the same block gives the same bytes. Unknown fields are skipped.
 */
final class BlockMetaJson {
    /** Recycled buffers would stay with the host's threads. */
    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
            .characterEscapes(new GoEscapes())
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .build();

    private BlockMetaJson() {}

    // ---- writing

    static byte[] encode(BlockMeta meta) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(out, JsonEncoding.UTF8)) {
            json.setPrettyPrinter(tabs());
            json.writeStartObject();
            json.writeStringField("ulid", meta.ulid().toString());
            json.writeNumberField("minTime", meta.minTimestampMillis());
            json.writeNumberField("maxTime", meta.maxTimestampMillis());
            writeStats(json, meta.stats());
            writeCompaction(json, meta.compaction());
            json.writeNumberField("version", BlockMeta.VERSION);
            ThanosMeta thanos = meta.thanos();
            if (thanos != null) {
                writeThanos(json, thanos);
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("BUG: cannot write to memory", e);
        }
        if (meta.thanos() != null) {
            out.write('\n');
        }
        return out.toByteArray();
    }

    private static void writeStats(JsonGenerator json, BlockStats stats) throws IOException {
        json.writeObjectFieldStart("stats");
        writeUnlessZero(json, "numSamples", stats.samples());
        writeUnlessZero(json, "numFloatSamples", stats.floatSamples());
        writeUnlessZero(json, "numHistogramSamples", stats.histogramSamples());
        writeUnlessZero(json, "numSeries", stats.series());
        writeUnlessZero(json, "numChunks", stats.chunks());
        writeUnlessZero(json, "numTombstones", stats.tombstones());
        json.writeEndObject();
    }

    private static void writeCompaction(JsonGenerator json, BlockMeta.Compaction compaction) throws IOException {
        json.writeObjectFieldStart("compaction");
        json.writeNumberField("level", compaction.level());
        writeStrings(
                json,
                "sources",
                compaction.sources().stream().map(Ulid::toString).toList());
        if (compaction.deletable()) {
            json.writeBooleanField("deletable", true);
        }
        if (!compaction.parents().isEmpty()) {
            json.writeArrayFieldStart("parents");
            for (BlockMeta.Parent parent : compaction.parents()) {
                json.writeStartObject();
                json.writeStringField("ulid", parent.ulid().toString());
                json.writeNumberField("minTime", parent.minTimestampMillis());
                json.writeNumberField("maxTime", parent.maxTimestampMillis());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        if (compaction.failed()) {
            json.writeBooleanField("failed", true);
        }
        writeStrings(json, "hints", compaction.hints());
        json.writeEndObject();
    }

    private static void writeThanos(JsonGenerator json, ThanosMeta thanos) throws IOException {
        json.writeObjectFieldStart("thanos");
        json.writeObjectFieldStart("labels");
        for (Map.Entry<String, String> label : thanos.labels().entrySet()) {
            json.writeStringField(label.getKey(), label.getValue());
        }
        json.writeEndObject();
        json.writeObjectFieldStart("downsample");
        json.writeNumberField("resolution", thanos.resolutionMillis());
        json.writeEndObject();
        json.writeStringField("source", thanos.source());
        writeStrings(json, "segment_files", thanos.segmentFiles());
        if (!thanos.files().isEmpty()) {
            json.writeArrayFieldStart("files");
            for (ThanosMeta.File file : thanos.files()) {
                writeFile(json, file);
            }
            json.writeEndArray();
        }
        json.writeObjectFieldStart("index_stats");
        writeUnlessZero(json, "series_max_size", thanos.seriesSizeBytesMax());
        writeUnlessZero(json, "chunk_max_size", thanos.chunkSizeBytesMax());
        json.writeEndObject();
        String uploadTime = thanos.uploadTime();
        if (uploadTime != null) {
            json.writeStringField("upload_time", uploadTime);
        }
        json.writeEndObject();
    }

    private static void writeFile(JsonGenerator json, ThanosMeta.File file) throws IOException {
        json.writeStartObject();
        json.writeStringField("rel_path", file.path());
        writeUnlessZero(json, "size_bytes", file.sizeBytes());
        String sha256 = file.sha256();
        if (sha256 != null) {
            json.writeObjectFieldStart("hash");
            json.writeStringField("hashFunc", "SHA256");
            json.writeStringField("value", sha256);
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void writeUnlessZero(JsonGenerator json, String name, long value) throws IOException {
        if (value != 0) {
            json.writeNumberField(name, value);
        }
    }

    private static void writeStrings(JsonGenerator json, String name, List<String> values) throws IOException {
        if (!values.isEmpty()) {
            json.writeArrayFieldStart(name);
            for (String value : values) {
                json.writeString(value);
            }
            json.writeEndArray();
        }
    }

    private static DefaultPrettyPrinter tabs() {
        Separators separators = Separators.createDefaultInstance()
                .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                .withObjectEmptySeparator("")
                .withArrayEmptySeparator("");
        DefaultIndenter indenter = new DefaultIndenter("\t", "\n");
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter(separators);
        printer.indentObjectsWith(indenter);
        printer.indentArraysWith(indenter);
        return printer;
    }

    // ---- reading

    static BlockMeta decode(String file, byte[] bytes) throws CorruptionException, FormatVersionException {
        try (JsonParser json = JSON.createParser(bytes)) {
            BlockMeta meta = new Decoder(file, json).decode();
            if (json.nextToken() != null) {
                throw new CorruptionException(
                        file, offset(json.currentTokenLocation()), "the end of the file", "more text");
            }
            return meta;
        } catch (JsonProcessingException e) {
            long offset = e.getLocation() == null ? 0 : offset(e.getLocation());
            throw new CorruptionException(file, offset, "JSON", String.valueOf(e.getOriginalMessage()));
        } catch (CorruptionException | FormatVersionException e) {
            throw e;
        } catch (IOException e) {
            // The parser also fails on bytes that are no UTF-8 without calling that a processing problem.
            throw new CorruptionException(file, 0, "JSON", String.valueOf(e.getMessage()));
        }
    }

    /** The parser's word for "at the end of nothing" is -1. */
    private static long offset(JsonLocation location) {
        return Math.max(0, location.getByteOffset());
    }

    /** One pass over the tokens; each method is called with its value's first token current. */
    private static final class Decoder {
        private final String file;
        private final JsonParser json;
        private @Nullable Ulid ulid;
        private long minTimestampMillis;
        private long maxTimestampMillis;
        private long version;
        private BlockStats stats = BlockStats.EMPTY;
        private BlockMeta.Compaction compaction =
                new BlockMeta.Compaction(0, List.of(), false, List.of(), false, List.of());
        private @Nullable ThanosMeta thanos;

        Decoder(String file, JsonParser json) {
            this.file = file;
            this.json = json;
        }

        BlockMeta decode() throws IOException {
            json.nextToken();
            readObject(name -> {
                switch (name) {
                    case "ulid" -> ulid = readUlid();
                    case "minTime" -> minTimestampMillis = readLong();
                    case "maxTime" -> maxTimestampMillis = readLong();
                    case "stats" -> stats = readStats();
                    case "compaction" -> compaction = readCompaction();
                    case "version" -> version = readLong();
                    case "thanos" -> thanos = readThanos();
                    default -> json.skipChildren();
                }
            });
            if (version != BlockMeta.VERSION) {
                throw new FormatVersionException(
                        file,
                        (int) Math.min(Math.max(version, 0), Integer.MAX_VALUE),
                        BlockMeta.VERSION,
                        BlockMeta.VERSION);
            }
            Ulid found = ulid;
            if (found == null) {
                throw new CorruptionException(file, 0, "a ulid", "none");
            }
            if (minTimestampMillis > maxTimestampMillis) {
                throw new CorruptionException(
                        file, 0, "minTime <= maxTime", minTimestampMillis + " > " + maxTimestampMillis);
            }
            return new BlockMeta(found, minTimestampMillis, maxTimestampMillis, stats, compaction, thanos);
        }

        private BlockStats readStats() throws IOException {
            long[] counts = new long[6];
            readObject(name -> {
                switch (name) {
                    case "numSamples" -> counts[0] = readCount();
                    case "numFloatSamples" -> counts[1] = readCount();
                    case "numHistogramSamples" -> counts[2] = readCount();
                    case "numSeries" -> counts[3] = readCount();
                    case "numChunks" -> counts[4] = readCount();
                    case "numTombstones" -> counts[5] = readCount();
                    default -> json.skipChildren();
                }
            });
            return new BlockStats(counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]);
        }

        private BlockMeta.Compaction readCompaction() throws IOException {
            int[] level = new int[1];
            boolean[] flags = new boolean[2];
            List<Ulid> sources = new ArrayList<>();
            List<BlockMeta.Parent> parents = new ArrayList<>();
            List<String> hints = new ArrayList<>();
            readObject(name -> {
                switch (name) {
                    case "level" -> level[0] = (int) Math.min(Integer.MAX_VALUE, readCount());
                    case "sources" -> readArray(() -> sources.add(readUlid()));
                    case "deletable" -> flags[0] = readBoolean();
                    case "parents" -> readArray(() -> parents.add(readParent()));
                    case "failed" -> flags[1] = readBoolean();
                    case "hints" -> readArray(() -> hints.add(readString()));
                    default -> json.skipChildren();
                }
            });
            return new BlockMeta.Compaction(level[0], sources, flags[0], parents, flags[1], hints);
        }

        private BlockMeta.Parent readParent() throws IOException {
            Ulid[] parent = {Ulid.ZERO};
            long[] range = new long[2];
            readObject(name -> {
                switch (name) {
                    case "ulid" -> parent[0] = readUlid();
                    case "minTime" -> range[0] = readLong();
                    case "maxTime" -> range[1] = readLong();
                    default -> json.skipChildren();
                }
            });
            return new BlockMeta.Parent(parent[0], range[0], range[1]);
        }

        private ThanosMeta readThanos() throws IOException {
            Map<String, String> labels = new LinkedHashMap<>();
            long[] numbers = new long[3];
            String[] texts = {"", ""};
            List<String> segmentFiles = new ArrayList<>();
            List<ThanosMeta.File> files = new ArrayList<>();
            readObject(name -> {
                switch (name) {
                    case "labels" -> readObject(label -> labels.put(label, readString()));
                    case "downsample" ->
                        readObject(field -> {
                            if (field.equals("resolution")) {
                                numbers[0] = readLong();
                            } else {
                                json.skipChildren();
                            }
                        });
                    case "source" -> texts[0] = readString();
                    case "segment_files" -> readArray(() -> segmentFiles.add(readString()));
                    case "files" -> readArray(() -> files.add(readFile()));
                    case "index_stats" ->
                        readObject(field -> {
                            switch (field) {
                                case "series_max_size" -> numbers[1] = readCount();
                                case "chunk_max_size" -> numbers[2] = readCount();
                                default -> json.skipChildren();
                            }
                        });
                    case "upload_time" -> texts[1] = readString();
                    default -> json.skipChildren();
                }
            });
            return new ThanosMeta(
                    labels,
                    numbers[0],
                    texts[0],
                    segmentFiles,
                    files,
                    numbers[1],
                    numbers[2],
                    texts[1].isEmpty() ? null : texts[1]);
        }

        private ThanosMeta.File readFile() throws IOException {
            String[] texts = {"", "", ""};
            long[] size = new long[1];
            readObject(name -> {
                switch (name) {
                    case "rel_path" -> texts[0] = readString();
                    case "size_bytes" -> size[0] = readCount();
                    case "hash" ->
                        readObject(field -> {
                            switch (field) {
                                case "hashFunc" -> texts[1] = readString();
                                case "value" -> texts[2] = readString();
                                default -> json.skipChildren();
                            }
                        });
                    default -> json.skipChildren();
                }
            });
            return new ThanosMeta.File(texts[0], size[0], texts[1].equals("SHA256") ? texts[2] : null);
        }

        private interface FieldReader {
            void read(String name) throws IOException;
        }

        private interface ElementReader {
            void read() throws IOException;
        }

        /** As in Go, null stands for an object without fields. */
        private void readObject(FieldReader fields) throws IOException {
            if (json.currentToken() == JsonToken.VALUE_NULL) {
                return;
            }
            expect(JsonToken.START_OBJECT, "an object");
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                fields.read(name);
            }
            expect(JsonToken.END_OBJECT, "the end of an object");
        }

        private void readArray(ElementReader elements) throws IOException {
            if (json.currentToken() == JsonToken.VALUE_NULL) {
                return;
            }
            expect(JsonToken.START_ARRAY, "an array");
            while (json.nextToken() != JsonToken.END_ARRAY) {
                if (json.currentToken() == null) {
                    throw corrupt("the end of an array");
                }
                elements.read();
            }
        }

        private Ulid readUlid() throws IOException {
            Ulid found = Ulid.tryParse(readString());
            if (found == null) {
                throw corrupt("a ULID");
            }
            return found;
        }

        private String readString() throws IOException {
            expect(JsonToken.VALUE_STRING, "a string");
            return json.getText();
        }

        private boolean readBoolean() throws IOException {
            if (json.currentToken() != JsonToken.VALUE_TRUE) {
                expect(JsonToken.VALUE_FALSE, "true or false");
            }
            return json.currentToken() == JsonToken.VALUE_TRUE;
        }

        private long readLong() throws IOException {
            expect(JsonToken.VALUE_NUMBER_INT, "an integer");
            return json.getLongValue();
        }

        private long readCount() throws IOException {
            long count = readLong();
            if (count < 0) {
                throw corrupt("a count");
            }
            return count;
        }

        private void expect(JsonToken token, String expected) throws IOException {
            if (json.currentToken() != token) {
                throw corrupt(expected);
            }
        }

        private CorruptionException corrupt(String expected) throws IOException {
            String found = json.currentToken() == null ? "the end" : String.valueOf(json.getText());
            return new CorruptionException(file, offset(json.currentTokenLocation()), expected, found);
        }
    }
}
