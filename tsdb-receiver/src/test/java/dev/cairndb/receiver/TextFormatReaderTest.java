package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextFormatReaderTest {
    @Test
    void whatTheRegistryWritesIsReadBack() throws Exception {
        PrometheusRegistry registry = new PrometheusRegistry();
        String odd = "a\"b\\c\nd}e,f=\" é";
        Counter.builder()
                .name("c_total")
                .labelNames("x", "y")
                .register(registry)
                .labelValues(odd, "")
                .inc(2);
        Gauge.builder().name("g").register(registry).set(Double.NEGATIVE_INFINITY);
        Histogram.builder()
                .name("h")
                .classicOnly()
                .classicUpperBounds(1)
                .register(registry)
                .observe(3);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        ExpositionFormats.init().getPrometheusTextFormatWriter().write(text, registry.scrape());
        List<String> found = new ArrayList<>();
        TextFormatReader.read(
                text.toString(StandardCharsets.UTF_8), (name, labels, value) -> found.add(name + labels + value));
        assertEquals(
                List.of(
                        "c_total[x, " + odd + ", y, ]2.0",
                        "g[]-Infinity",
                        "h_bucket[le, 1.0]0.0",
                        "h_bucket[le, +Inf]1.0",
                        "h_count[]1.0",
                        "h_sum[]3.0"),
                found);
    }

    @Test
    void aLineThatIsNoSampleIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> TextFormatReader.read("abc", (name, labels, value) -> {}));
    }
}
