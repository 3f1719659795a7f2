package dev.cairndb.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.testkit.FormatPage;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class RemoteWriteFormatPageTest {
    private final FormatPage page = FormatPage.read("remote-write-v1.md");

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

        assertEquals(page.hex("body"), HexFormat.of().formatHex(body));
        RemoteWriteRequest request = RemoteWriteRequest.decode(body, RemoteWriteLimits.defaults());
        assertEquals(page.hex("message"), HexFormat.of().formatHex(request.bytes(), 0, messageSize));
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
        return page.find(pattern).stream().map(match -> match.group(1)).toList();
    }
}
