package dev.cairndb.receiver.tools;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.cairndb.tsdb.BlockInfo;
import dev.cairndb.tsdb.admin.BlockMark;
import dev.cairndb.tsdb.admin.BucketAdmin;
import dev.cairndb.tsdb.admin.BucketBlock;
import dev.cairndb.tsdb.admin.BucketFinding;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Blocks of a bucket, and what is wrong with them, for people and for programs. */
final class BucketBlockText {
    private static final List<String> COLUMNS = List.of(
            "ULID",
            "FROM",
            "UNTIL",
            "RANGE",
            "SERIES",
            "SAMPLES",
            "CHUNKS",
            "SIZE",
            "LEVEL",
            "RESOLUTION",
            "SOURCE",
            "MARKS",
            "LABELS");

    private BucketBlockText() {}

    static void printTable(List<BucketBlock> blocks, PrintStream out) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(COLUMNS);
        blocks.forEach(block -> rows.add(row(block)));
        int[] widths = new int[COLUMNS.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String cell = row.get(i);
                line.append(cell).append(" ".repeat(widths[i] - cell.length() + 2));
            }
            out.println(line.toString().stripTrailing());
        }
    }

    private static List<String> row(BucketBlock block) {
        BlockInfo info = block.block();
        return List.of(
                info.ulid(),
                NumberText.timestamp(info.minTimestampMillis()),
                NumberText.timestamp(info.maxTimestampMillis()),
                NumberText.duration(info.maxTimestampMillis() - info.minTimestampMillis()),
                Long.toString(info.seriesCount()),
                Long.toString(info.sampleCount()),
                Long.toString(info.chunkCount()),
                NumberText.bytes(info.sizeBytes()),
                info.compactionLevel() + (info.late() ? " late" : ""),
                NumberText.duration(block.resolutionMillis()),
                block.source(),
                String.join(",", marksOf(block)),
                block.externalLabels().toString());
    }

    private static List<String> marksOf(BucketBlock block) {
        return block.marks().stream().sorted().map(BucketBlockText::nameOf).toList();
    }

    /** As the command line calls it: {@code no-compact}. */
    static String nameOf(BlockMark mark) {
        return mark.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static void printJson(List<BucketBlock> blocks, List<String> incomplete, PrintStream out) throws IOException {
        Json.print(out, json -> {
            json.writeArrayFieldStart("blocks");
            for (BucketBlock block : blocks) {
                write(block, json);
            }
            json.writeEndArray();
            Json.strings(json, "incomplete", incomplete);
        });
    }

    private static void write(BucketBlock block, JsonGenerator json) throws IOException {
        BlockInfo info = block.block();
        json.writeStartObject();
        json.writeStringField("ulid", info.ulid());
        json.writeNumberField("minTimestampMillis", info.minTimestampMillis());
        json.writeNumberField("maxTimestampMillis", info.maxTimestampMillis());
        json.writeNumberField("series", info.seriesCount());
        json.writeNumberField("samples", info.sampleCount());
        json.writeNumberField("chunks", info.chunkCount());
        json.writeNumberField("sizeBytes", info.sizeBytes());
        json.writeNumberField("level", info.compactionLevel());
        json.writeBooleanField("late", info.late());
        json.writeNumberField("resolutionMillis", block.resolutionMillis());
        json.writeStringField("source", block.source());
        Json.strings(json, "sources", block.sources());
        Json.strings(json, "marks", marksOf(block));
        json.writeObjectFieldStart("labels");
        for (String name : block.externalLabels().names()) {
            json.writeStringField(name, block.externalLabels().get(name));
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    static void print(List<BucketFinding> findings, PrintStream out) {
        for (BucketFinding finding : findings) {
            String object = finding.object().isEmpty() ? "" : "/" + finding.object();
            out.println(finding.ulid() + object + ": " + finding.problem());
        }
    }

    /** Tells people which blocks are not shown as they cannot be read; returns the exit code. */
    static int tellUnreadable(BucketAdmin.Inventory inventory, BlockSelection selection, PrintStream err) {
        int exitCode = Command.FINE;
        for (BucketFinding finding : inventory.findings()) {
            if (selection.takes(finding.ulid())) {
                err.println("cairn: damaged: " + finding.ulid() + "/" + finding.object() + ": " + finding.problem());
                exitCode = Command.FOUND;
            }
        }
        return exitCode;
    }

    static void write(List<BucketFinding> findings, JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("findings");
        for (BucketFinding finding : findings) {
            json.writeStartObject();
            json.writeStringField("ulid", finding.ulid());
            json.writeStringField("object", finding.object());
            json.writeStringField("problem", finding.problem());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** All marks as the command line calls them. */
    static String markNames() {
        return List.of(BlockMark.values()).stream().map(BucketBlockText::nameOf).collect(Collectors.joining(", "));
    }
}
