package dev.cairndb.receiver.tools;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.cairndb.tsdb.CheckReport;
import java.io.IOException;
import java.io.PrintStream;

/** What {@code cairn tsdb verify} and {@code repair} print. */
final class CheckReportText {
    private CheckReportText() {}

    static void print(CheckReport report, boolean asJson, PrintStream out) throws IOException {
        if (asJson) {
            Json.print(out, json -> write(report, json));
            return;
        }
        for (CheckReport.Finding finding : report.findings()) {
            out.println(finding.kind().label() + " " + finding.file() + " at " + finding.offset());
            out.println("  found:  " + finding.problem());
            out.println("  lost:   " + finding.lost());
            out.println((finding.repaired() ? "  done:   " : "  repair: ") + finding.repair());
        }
        report.notes().forEach(note -> out.println("note: " + note));
        if (report.inUse()) {
            out.println("note: a store has the directory open; what it is writing now was passed over");
        }
        out.println((report.isClean()
                        ? "no damage"
                        : "damaged places: " + report.findings().size()) + "; "
                + report.blocks() + " blocks with " + report.blockSamples() + " samples, " + report.logSamples()
                + " samples in the logs");
    }

    private static void write(CheckReport report, JsonGenerator json) throws IOException {
        json.writeStringField("directory", report.directory().toString());
        json.writeBooleanField("inUse", report.inUse());
        json.writeNumberField("blocks", report.blocks());
        json.writeNumberField("blockSamples", report.blockSamples());
        json.writeNumberField("logSamples", report.logSamples());
        json.writeArrayFieldStart("findings");
        for (CheckReport.Finding finding : report.findings()) {
            json.writeStartObject();
            json.writeStringField("kind", finding.kind().label());
            json.writeStringField("file", finding.file().toString());
            json.writeNumberField("offset", finding.offset());
            json.writeStringField("problem", finding.problem());
            json.writeStringField("lost", finding.lost());
            json.writeStringField("repair", finding.repair());
            json.writeBooleanField("repaired", finding.repaired());
            json.writeEndObject();
        }
        json.writeEndArray();
        Json.strings(json, "notes", report.notes());
    }
}
