package dev.cairndb.receiver.tools;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.cairndb.tsdb.BlockInfo;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Blocks, one in each line, as {@code promtool tsdb list} prints them. */
final class BlockTable {
    private static final List<String> HEAD = List.of(
            "BLOCK ULID", "MIN TIME", "MAX TIME", "DURATION", "NUM SAMPLES", "NUM CHUNKS", "NUM SERIES", "SIZE");
    private static final int WIDTH_MIN = 13;
    private static final int GAP = 2;

    private BlockTable() {}

    /** @param readable times and sizes for people, not for programs */
    static void print(List<BlockInfo> blocks, boolean readable, PrintStream out) {
        List<List<String>> lines = new ArrayList<>();
        lines.add(HEAD);
        blocks.forEach(block -> lines.add(cells(block, readable)));
        int[] widths = new int[HEAD.size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], Math.max(WIDTH_MIN, line.get(i).length() + GAP));
            }
        }
        for (List<String> line : lines) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < widths.length - 1; i++) {
                text.append(line.get(i))
                        .append(" ".repeat(widths[i] - line.get(i).length()));
            }
            out.println(text.append(line.get(widths.length - 1)));
        }
    }

    private static List<String> cells(BlockInfo block, boolean readable) {
        long from = block.minTimestampMillis();
        long to = block.maxTimestampMillis();
        return List.of(
                block.ulid(),
                readable ? NumberText.timestamp(from) : Long.toString(from),
                readable ? NumberText.timestamp(to) : Long.toString(to),
                NumberText.duration(to - from),
                Long.toString(block.sampleCount()),
                Long.toString(block.chunkCount()),
                Long.toString(block.seriesCount()),
                readable ? NumberText.bytes(block.sizeBytes()) : Long.toString(block.sizeBytes()));
    }

    /** A field {@code blocks} with an object for each. */
    static void write(List<BlockInfo> blocks, JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("blocks");
        for (BlockInfo block : blocks) {
            json.writeStartObject();
            json.writeStringField("ulid", block.ulid());
            json.writeNumberField("minTime", block.minTimestampMillis());
            json.writeNumberField("maxTime", block.maxTimestampMillis());
            json.writeNumberField("samples", block.sampleCount());
            json.writeNumberField("chunks", block.chunkCount());
            json.writeNumberField("series", block.seriesCount());
            json.writeNumberField("sizeBytes", block.sizeBytes());
            json.writeNumberField("level", block.compactionLevel());
            json.writeBooleanField("late", block.late());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
