package dev.cairndb.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class RemoteWriteFormatPageTest {
    private final String page = readPage();

    @Test
    void theExampleIsWhatTheEncoderWrites() throws IOException {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder();
        encoder.startSeries()
                .label("__name__", "up")
                .label("job", "x")
                .sample(1000, Double.doubleToRawLongBits(1.5))
                .endSeries();
        int messageSize = encoder.messageSizeBytes();
        encoder.finish();
        byte[] body = Arrays.copyOf(encoder.body(), encoder.bodySize());

        assertEquals(hexBlock("body"), HexFormat.of().formatHex(body));
        RemoteWriteRequest request = RemoteWriteRequest.decode(body, RemoteWriteLimits.defaults());
        assertEquals(hexBlock("message"), HexFormat.of().formatHex(request.bytes(), 0, messageSize));
    }

    @Test
    void theLimitsAreTheDefaults() {
        RemoteWriteLimits limits = RemoteWriteLimits.defaults();
        assertEquals(
                List.of(limits.decompressedBytesMax(), limits.seriesMax(), limits.labelsMax(), limits.samplesMax()),
                rows("\\| (?:decompressed|series|labels|samples)[^|]*\\| ([0-9]{5,}) \\|").stream()
                        .map(Integer::valueOf)
                        .toList());
    }

    @Test
    void theProblemsOfLabelsAreAllListed() {
        assertEquals(Arrays.stream(LabelProblem.values()).map(Enum::name).toList(), rows("\\| `([A-Z0-9_]+)` \\|"));
    }

    private List<String> rows(String pattern) {
        return Pattern.compile(pattern)
                .matcher(page)
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private String hexBlock(String name) {
        Matcher block =
                Pattern.compile("```hex " + name + "\n(.*?)```", Pattern.DOTALL).matcher(page);
        assertTrue(block.find(), "no hex block " + name);
        return block.group(1).replaceAll("#.*", "").replaceAll("\\s", "");
    }

    private static String readPage() {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("mvnw"))) {
            root = root.getParent();
        }
        try {
            return Files.readString(root.resolve("docs/format/remote-write-v1.md"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
