package dev.cairndb.interop;

import dev.cairndb.index.Labels;
import dev.cairndb.testkit.Peers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Reads what {@code promtool tsdb dump} prints: {@code {name="value", ...} value timestamp}. The numbers are the
 * shortest that give the same double again, so bits can be compared, except those of NaN.
 */
final class PromtoolDump {
    private final String line;
    private int position;

    private PromtoolDump(String line) {
        this.line = line;
    }

    static SampleSet of(Path scratch, Path data) {
        SampleSet samples = new SampleSet();
        Peers.run(scratch, "promtool", "tsdb", "dump", data.toString())
                .lines()
                .forEach(line -> new PromtoolDump(line).addTo(samples));
        return samples;
    }

    static long bits(String value) {
        return switch (value) {
            case "+Inf" -> Double.doubleToRawLongBits(Double.POSITIVE_INFINITY);
            case "-Inf" -> Double.doubleToRawLongBits(Double.NEGATIVE_INFINITY);
            case "NaN" -> Double.doubleToRawLongBits(Double.NaN);
            default -> Double.doubleToRawLongBits(Double.parseDouble(value));
        };
    }

    private void addTo(SampleSet samples) {
        Labels labels = labels();
        String[] rest = line.substring(position).split(" ");
        if (rest.length != 3 || !rest[0].isEmpty()) {
            throw new AssertionError("not a line of a dump: " + line);
        }
        samples.add(labels, Long.parseLong(rest[2]), bits(rest[1]));
    }

    private Labels labels() {
        Labels.Builder labels = Labels.builder();
        expect('{');
        while (line.charAt(position) != '}') {
            String name = line.charAt(position) == '"' ? quoted() : bareName();
            expect('=');
            labels.add(name, quoted());
            if (line.startsWith(", ", position)) {
                position += 2;
            }
        }
        expect('}');
        return labels.build();
    }

    private void expect(char c) {
        if (line.charAt(position++) != c) {
            throw new AssertionError("no " + c + " at " + (position - 1) + ": " + line);
        }
    }

    private String bareName() {
        int start = position;
        position = line.indexOf('=', position);
        return line.substring(start, position);
    }

    /** A string as Go quotes it. */
    private String quoted() {
        expect('"');
        ByteBuffer bytes = ByteBuffer.allocate(4 * line.length());
        while (line.charAt(position) != '"') {
            int c = line.codePointAt(position);
            position += Character.charCount(c);
            if (c == '\\') {
                escape(bytes);
            } else {
                putCodePoint(bytes, c);
            }
        }
        position++;
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }

    private void escape(ByteBuffer bytes) {
        char c = line.charAt(position++);
        switch (c) {
            case 'a' -> bytes.put((byte) 7);
            case 'b' -> bytes.put((byte) '\b');
            case 'f' -> bytes.put((byte) '\f');
            case 'n' -> bytes.put((byte) '\n');
            case 'r' -> bytes.put((byte) '\r');
            case 't' -> bytes.put((byte) '\t');
            case 'v' -> bytes.put((byte) 11);
            case 'x' -> bytes.put((byte) hex(2));
            case 'u' -> putCodePoint(bytes, hex(4));
            case 'U' -> putCodePoint(bytes, hex(8));
            default -> bytes.put((byte) c);
        }
    }

    private int hex(int digits) {
        position += digits;
        return Integer.parseInt(line.substring(position - digits, position), 16);
    }

    private static void putCodePoint(ByteBuffer bytes, int codePoint) {
        bytes.put(Character.toString(codePoint).getBytes(StandardCharsets.UTF_8));
    }
}
