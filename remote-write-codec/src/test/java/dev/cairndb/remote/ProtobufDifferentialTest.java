package dev.cairndb.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.remote.DecodedRequest.Exemplar;
import dev.cairndb.remote.DecodedRequest.Histogram;
import dev.cairndb.remote.DecodedRequest.Label;
import dev.cairndb.remote.DecodedRequest.Metadata;
import dev.cairndb.remote.DecodedRequest.Sample;
import dev.cairndb.remote.DecodedRequest.Series;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Generated messages, read and written here and by Google's protobuf. {@code -Dcairn.messages=N} sets how many of each
 * kind, {@code -Dcairn.seed=S} the first of as many seeds.
 */
class ProtobufDifferentialTest {
    private static final RemoteWriteLimits LIMITS = RemoteWriteLimits.defaults();
    private static final int MESSAGES = Integer.getInteger("cairn.messages", 5000);
    private static final long SEED = Long.getLong("cairn.seed", 1);
    private static final List<String> NAMES =
            List.of("__name__", "Z", "a", "job", "\u65E5\u672C", "\uD83D\uDE00", "\uFF5E");

    @ParameterizedTest
    @EnumSource
    void anyValidMessageIsReadAsProtobufReadsIt(RemoteWriteVersion version) throws Exception {
        RemoteWriteDecoder decoder = new RemoteWriteDecoder();
        for (long seed = SEED; seed < SEED + MESSAGES; seed++) {
            byte[] message = new WireGenerator(new Random(seed), version).request();

            DecodedRequest expected = ProtobufOracle.decode(message, version);

            RemoteWriteRequest request = decoder.decodeDecompressed(message, 0, message.length, version, LIMITS);
            assertEquals(expected, DecodedRequest.of(request), "seed " + seed);
            assertEquals(expected, NaiveDecoder.decode(message, version), "seed " + seed);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsEncodedIsReadByProtobufAndHere(RemoteWriteVersion version) throws Exception {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder(version);
        RemoteWriteDecoder decoder = new RemoteWriteDecoder();
        for (long seed = SEED; seed < SEED + MESSAGES; seed++) {
            DecodedRequest expected = encode(encoder, version, new Random(seed));
            int messageSize = encoder.messageSizeBytes();
            encoder.finish();

            RemoteWriteRequest request = decoder.decode(encoder.body(), 0, encoder.bodySize(), version, LIMITS);

            assertEquals(expected, DecodedRequest.of(request), "seed " + seed);
            byte[] message = Arrays.copyOf(request.bytes(), messageSize);
            assertEquals(expected, ProtobufOracle.decode(message, version), "seed " + seed);
        }
    }

    private static DecodedRequest encode(RemoteWriteEncoder encoder, RemoteWriteVersion version, Random random) {
        List<Series> series = new ArrayList<>();
        List<Metadata> families = new ArrayList<>();
        for (int count = random.nextInt(6); count > 0; count--) {
            series.add(encodeSeries(encoder, version, random));
        }
        for (int count = version == RemoteWriteVersion.V1 ? random.nextInt(3) : 0; count > 0; count--) {
            MetricType type = MetricType.values()[random.nextInt(8)];
            String family = text(random);
            String unit = text(random);
            String help = text(random);
            encoder.familyMetadata(type, family, unit, help);
            families.add(new Metadata(type.wireId(), hex(family), hex(unit), hex(help)));
        }
        assertEquals(series.size(), encoder.seriesCount());
        assertEquals(series.stream().mapToInt(s -> s.samples().size()).sum(), encoder.sampleCount());
        assertEquals(series.stream().mapToInt(s -> s.histograms().size()).sum(), encoder.histogramCount());
        assertEquals(series.stream().mapToInt(s -> s.exemplars().size()).sum(), encoder.exemplarCount());
        return new DecodedRequest(series, families);
    }

    private static Series encodeSeries(RemoteWriteEncoder encoder, RemoteWriteVersion version, Random random) {
        boolean withStart = version == RemoteWriteVersion.V2;
        encoder.startSeries();
        List<Label> labels = encodeLabels(encoder, random, 1);
        List<Sample> samples = new ArrayList<>();
        for (int count = random.nextInt(4); count > 0; count--) {
            Sample sample = new Sample(number(random), number(random), number(random));
            encoder.sample(sample.timestampMillis(), sample.startTimestampMillis(), sample.valueBits());
            samples.add(withStart ? sample : new Sample(sample.timestampMillis(), 0, sample.valueBits()));
        }
        List<Histogram> histograms = new ArrayList<>();
        for (int count = random.nextInt(4) - 1; count > 0; count--) {
            HistogramBuffer buffer = histogram(random);
            long timestamp = number(random);
            long start = number(random);
            encoder.histogram(timestamp, start, buffer);
            histograms.add(new Histogram(timestamp, withStart ? start : 0, DecodedRequest.content(buffer)));
        }
        List<Exemplar> exemplars = new ArrayList<>();
        for (int count = random.nextInt(4) - 1; count > 0; count--) {
            encoder.startExemplar();
            List<Label> own = encodeLabels(encoder, random, 0);
            long timestamp = number(random);
            long value = number(random);
            encoder.endExemplar(timestamp, value);
            exemplars.add(new Exemplar(DecodedRequest.packed(own), timestamp, value));
        }
        Metadata metadata = null;
        if (withStart && random.nextBoolean()) {
            MetricType type = MetricType.values()[random.nextInt(8)];
            String unit = text(random);
            String help = text(random);
            encoder.metadata(type, unit, help);
            metadata = new Metadata(type.wireId(), "", hex(unit), hex(help));
        }
        encoder.endSeries();
        return new Series(
                labels, samples, histograms, exemplars, metadata == null || metadata.isEmpty() ? null : metadata);
    }

    private static List<Label> encodeLabels(RemoteWriteEncoder encoder, Random random, int countMin) {
        List<String> names = new ArrayList<>(NAMES);
        Collections.shuffle(names, random);
        List<Label> labels = new ArrayList<>();
        for (String name : names.subList(0, countMin + random.nextInt(names.size()))) {
            String value = "v".repeat(1 + random.nextInt(random.nextInt(10) == 0 ? 300 : 5));
            encoder.label(name, value);
            labels.add(new Label(hex(name), hex(value)));
        }
        // Hex digits ascend as the bytes do.
        labels.sort(Comparator.comparing(Label::name));
        return labels;
    }

    private static HistogramBuffer histogram(Random random) {
        HistogramBuffer buffer = new HistogramBuffer();
        buffer.clear(random.nextBoolean());
        buffer.setResetHint(CounterResetHint.ofId(random.nextInt(4)));
        buffer.setSchema((int) number(random));
        buffer.setZeroThresholdBits(number(random));
        buffer.setCount(number(random));
        buffer.setZeroCount(number(random));
        buffer.setSumBits(number(random));
        for (int count = random.nextInt(4); count > 0; count--) {
            buffer.addPositiveSpan((int) number(random), (int) number(random));
            buffer.addNegativeSpan((int) number(random), (int) number(random));
        }
        for (int count = random.nextInt(20); count > 0; count--) {
            buffer.addPositiveBucket(number(random));
        }
        for (int count = random.nextInt(4); count > 0; count--) {
            buffer.addNegativeBucket(number(random));
        }
        for (int count = random.nextInt(4); count > 0; count--) {
            buffer.addCustomBound(number(random));
        }
        return buffer;
    }

    private static String text(Random random) {
        return "t".repeat(random.nextInt(4));
    }

    private static long number(Random random) {
        return random.nextInt(4) == 0 ? 0 : random.nextLong() >> random.nextInt(64);
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }
}
