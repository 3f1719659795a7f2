package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.receiver.FederationWriter.FamilyType;
import dev.cairndb.receiver.tools.GoFloat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The formats of federation, compared with what a real Prometheus 3.15 wrote of the same samples. */
class FederationFormatsTest {
    private static final long TIME = 1795263607770L;
    private static final List<String> LABELS = List.of("job", "x", "instance", "", "replica", "a", "zone", "z1");

    @Test
    void textIsThatOfPrometheus() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TextFederationWriter writer = new TextFederationWriter(out, MetricNames.Escaping.ALLOW_UTF_8, false);
        writer.startFamily("my.metric", FamilyType.UNTYPED);
        writer.sample(List.of("a b", "q\"\\\n", "job", "x"), TIME, Double.doubleToRawLongBits(2));
        writer.startFamily("nhcb", FamilyType.HISTOGRAM);
        writer.histogram(LABELS, TIME, customBuckets());
        writer.end();
        assertEquals("""
            # TYPE "my.metric" untyped
            {"my.metric","a b"="q\\"\\\\\\n",job="x"} 2 1795263607770
            # TYPE nhcb histogram
            nhcb_bucket{job="x",instance="",replica="a",zone="z1",le="0.5"} 3 1795263607770
            nhcb_bucket{job="x",instance="",replica="a",zone="z1",le="1"} 3 1795263607770
            nhcb_bucket{job="x",instance="",replica="a",zone="z1",le="2.5"} 7 1795263607770
            nhcb_bucket{job="x",instance="",replica="a",zone="z1",le="+Inf"} 7 1795263607770
            nhcb_sum{job="x",instance="",replica="a",zone="z1"} 5.5 1795263607770
            nhcb_count{job="x",instance="",replica="a",zone="z1"} 7 1795263607770
            """, out.toString(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    void openMetricsHasSecondsAndAnEnd() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TextFederationWriter writer = new TextFederationWriter(out, MetricNames.Escaping.UNDERSCORES, true);
        writer.startFamily("my.metric", FamilyType.UNTYPED);
        writer.sample(List.of("a b", "x"), TIME, Double.doubleToRawLongBits(2));
        writer.sample(List.of("a b", "y"), 1000, Double.doubleToRawLongBits(1e6));
        writer.end();
        assertEquals("""
            # TYPE my_metric unknown
            my_metric{a_b="x"} 2.0 1795263607.77
            my_metric{a_b="y"} 1e+06 1.0
            # EOF
            """, out.toString(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Property
    void aParserThatCutsMillisecondsOffGetsTheRightOne(
            @ForAll @LongRange(min = 0, max = 10_000_000_000_000L) long time) {
        assertEquals(time, (long) (Double.parseDouble(TextFederationWriter.seconds(time)) * 1000));
    }

    /** The bytes are those of a real Prometheus. */
    @Test
    void protobufIsThatOfPrometheus() throws IOException {
        HistogramBuffer counter = exponential(CounterResetHint.UNKNOWN);
        assertEquals(
                "0a026e6818042288010a080a036a6f621201780a0c0a08696e7374616e636512000a0c0a077265706c6963611201610a0a0a047a"
                        + "6f6e6512027a3130dae7b2f09f343a4d110000000000001640210000000000002440280631fca9f1d24d62503f4100"
                        + "0000000000004062040800100262040806100171000000000000f03f710000000000000840710000000000001040",
                protobuf("nh", FamilyType.HISTOGRAM, counter));
        assertEquals(
                "0a036e686718052288010a080a036a6f621201780a0c0a08696e7374616e636512000a0c0a077265706c6963611201610a0a0a04"
                        + "7a6f6e6512027a3130dae7b2f09f343a4d110000000000001640210000000000002440280631fca9f1d24d62503f41"
                        + "000000000000004062040800100262040806100171000000000000f03f710000000000000840710000000000001040",
                protobuf("nhg", FamilyType.GAUGE_HISTOGRAM, exponential(CounterResetHint.GAUGE)));
        assertEquals(
                "0a046e68636218042289010a080a036a6f621201780a0c0a08696e7374616e636512000a0c0a077265706c6963611201610a0a0a"
                        + "047a6f6e6512027a3130dae7b2f09f343a4e1100000000000016401a1211000000000000e03f210000000000000840"
                        + "1a1211000000000000f03f2100000000000008401a12110000000000000440210000000000001c40210000000000"
                        + "001c40",
                protobuf("nhcb", FamilyType.HISTOGRAM, customBuckets()));
    }

    @Test
    void aLargeFamilyBecomesMessagesOfBoundedSize() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ProtobufFederationWriter writer = new ProtobufFederationWriter(out, MetricNames.Escaping.UNDERSCORES);
        writer.startFamily("m", FamilyType.UNTYPED);
        for (int i = 0; i < 10_000; i++) {
            writer.sample(LABELS, TIME, i);
        }
        writer.end();
        byte[] bytes = out.toByteArray();
        int messages = 0;
        for (int at = 0; at < bytes.length; messages++) {
            int length = 0;
            int shift = 0;
            int b;
            do {
                b = bytes[at++];
                length |= (b & 0x7F) << shift;
                shift += 7;
            } while (b < 0);
            assertTrue(length < 66_000, "length " + length);
            assertEquals("0a016d1803", HexFormat.of().formatHex(bytes, at, at + 5));
            at += length;
        }
        assertTrue(messages > 5, messages + " messages");
    }

    private static String protobuf(String name, FamilyType type, HistogramBuffer histogram) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ProtobufFederationWriter writer = new ProtobufFederationWriter(out, MetricNames.Escaping.UNDERSCORES);
        writer.startFamily(name, type);
        writer.histogram(LABELS, TIME, histogram);
        writer.end();
        byte[] bytes = out.toByteArray();
        return HexFormat.of().formatHex(bytes, 2, bytes.length);
    }

    static HistogramBuffer exponential(CounterResetHint hint) {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(false);
        histogram.setResetHint(hint);
        histogram.setSchema(3);
        histogram.setZeroThresholdBits(Double.doubleToRawLongBits(0.001));
        histogram.setCount(10);
        histogram.setZeroCount(2);
        histogram.setSumBits(Double.doubleToRawLongBits(5.5));
        histogram.addPositiveSpan(0, 2);
        histogram.addPositiveSpan(3, 1);
        histogram.addPositiveBucket(1);
        histogram.addPositiveBucket(2);
        histogram.addPositiveBucket(1);
        return histogram;
    }

    static HistogramBuffer customBuckets() {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(false);
        histogram.setSchema(-53);
        histogram.setCount(7);
        histogram.setSumBits(Double.doubleToRawLongBits(5.5));
        histogram.addPositiveSpan(0, 1);
        histogram.addPositiveSpan(1, 1);
        histogram.addPositiveBucket(3);
        histogram.addPositiveBucket(1);
        for (double bound : new double[] {0.5, 1, 2.5}) {
            histogram.addCustomBound(Double.doubleToRawLongBits(bound));
        }
        return histogram;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        text/plain;version=1.0.0;escaping=allow-utf-8 | TEXT | ALLOW_UTF_8
        text/plain;version=0.0.4;escaping=dots | TEXT | DOTS
        text/plain;escaping=values | TEXT | VALUES
        text/plain;escaping=nonsense | TEXT | UNDERSCORES
        */* | TEXT | UNDERSCORES
        text/plain;version=0.0.3 | TEXT | UNDERSCORES
        text/html, text/plain;q=0.5 | TEXT | UNDERSCORES
        application/openmetrics-text | OPEN_METRICS | UNDERSCORES
        application/openmetrics-text;version=2.0.0 | TEXT | UNDERSCORES
        application/openmetrics-text;version=1.0.0;q=0.3, text/plain;q=0.5 | TEXT | UNDERSCORES
        application/openmetrics-text;q=0 | TEXT | UNDERSCORES
        application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2 | OPEN_METRICS | ALLOW_UTF_8
        application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;q=0.5 | PROTOBUF | UNDERSCORES
        application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text | TEXT | UNDERSCORES
        """)
    void theFormatIsWhatTheReaderLikesBest(String accept, String kind, String escaping) {
        FederationFormat format = FederationFormat.negotiate(accept);
        assertEquals(kind, format.kind().name());
        assertEquals(escaping, format.escaping().name());
    }

    @ParameterizedTest
    @CsvSource({
        "my.metric,my_metric,my_dot_metric,U__my_2e_metric",
        "a b,a_b,a__b,U__a_20_b",
        "é,_,__,U___e9_",
        "a_b,a_b,a_b,a_b",
        "a_b.c,a_b_c,a__b_dot_c,U__a__b_2e_c",
        "1a,_a,__a,U___31_a",
        "a1_.é,a1__é,,",
    })
    void namesAreEscapedAsInPrometheus(String name, String underscores, String dots, String values) {
        if (values != null) {
            assertEquals(underscores, MetricNames.escape(name, MetricNames.Escaping.UNDERSCORES));
            assertEquals(dots, MetricNames.escape(name, MetricNames.Escaping.DOTS));
            assertEquals(values, MetricNames.escape(name, MetricNames.Escaping.VALUES));
        }
        assertEquals(name, MetricNames.escape(name, MetricNames.Escaping.ALLOW_UTF_8));
    }

    @Property
    void anEscapedNameIsUnescaped(@ForAll String name) {
        boolean whole = name.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
        String escaped = MetricNames.escape(name, MetricNames.Escaping.VALUES);
        if (whole && !escaped.equals(name)) {
            assertTrue(MetricNames.isPlain(escaped), escaped);
            assertEquals(name, MetricNames.unescape(escaped));
        }
    }

    @ParameterizedTest
    @CsvSource({"U__a_", "U__a_zz_", "U__a_1234567_", "U__a_d800_", "U__a_110000_", "plain"})
    void whatIsNoEscapedNameStaysAsItIs(String name) {
        assertEquals(name, MetricNames.unescape(name));
    }

    @ParameterizedTest
    @CsvSource({
        "1,1",
        "-1,-1",
        "0,0",
        "-0.0,-0",
        "1000000,1e+06",
        "123456,123456",
        "1234567.5,1.2345675e+06",
        "0.1,0.1",
        "1e-5,1e-05",
        "1e-4,0.0001",
        "1e21,1e+21",
        "1e20,1e+20",
        "NaN,NaN",
        "Infinity,+Inf",
        "-Infinity,-Inf",
        "4.9e-324,5e-324",
        "5.684341886080802e-14,5.684341886080802e-14",
        "1.7976931348623157e308,1.7976931348623157e+308",
        "2e-3,0.002",
        "2e23,2e+23",
        "123456789.125,1.23456789125e+08",
        "-2.5e-7,-2.5e-07",
    })
    void numbersAreWrittenAsGoWritesThem(double value, String text) {
        assertEquals(text, GoFloat.general(value));
    }

    @ParameterizedTest
    @CsvSource({"1000000,1000000", "1e20,100000000000000000000", "1e21,1e+21", "1e-6,0.000001", "9e-7,9e-07", "0.1,0.1"
    })
    void numbersInJsonHaveExponentsLater(double value, String text) {
        assertEquals(text, GoFloat.json(value));
    }

    private static int digits(String number) {
        return new BigDecimal(number).stripTrailingZeros().precision();
    }

    @Property(tries = 20_000)
    void numbersAreReadBackAsTheyWere(@ForAll long bits) {
        double value = Double.longBitsToDouble(bits);
        if (Double.isFinite(value)) {
            assertEquals(value, Double.parseDouble(GoFloat.general(value)));
            assertEquals(value, Double.parseDouble(GoFloat.json(value)));
            assertTrue(digits(GoFloat.general(value)) <= digits(Double.toString(value)), GoFloat.general(value));
        }
    }
}
