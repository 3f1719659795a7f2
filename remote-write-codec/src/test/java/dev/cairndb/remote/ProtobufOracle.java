package dev.cairndb.remote;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Type;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.OneofDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.cairndb.remote.DecodedRequest.Exemplar;
import dev.cairndb.remote.DecodedRequest.Histogram;
import dev.cairndb.remote.DecodedRequest.Metadata;
import dev.cairndb.remote.DecodedRequest.Sample;
import dev.cairndb.remote.DecodedRequest.Series;
import dev.cairndb.remote.DecodedRequest.Span;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Google's decoder for the same messages. Names and values are bytes here, because Prometheus' decoder does not check
 * strings, and doubles are read as their bits: nothing in between may change a NaN. It takes fields with the wrong wire
 * type for unknown ones and knows fewer groups, so it is asked about messages without such things only.
 */
final class ProtobufOracle {
    private static final Descriptor VERSION_1 = describe("prometheus", 16, version1());
    private static final Descriptor VERSION_2 = describe("io.prometheus.write.v2", 17, version2());

    private ProtobufOracle() {}

    static DecodedRequest decode(byte[] bytes, RemoteWriteVersion version) throws InvalidProtocolBufferException {
        List<Series> series = new ArrayList<>();
        List<Metadata> families = new ArrayList<>();
        if (version == RemoteWriteVersion.V1) {
            DynamicMessage request = DynamicMessage.parseFrom(VERSION_1, bytes);
            for (Message one : messages(request, 1)) {
                series.add(series1(one));
            }
            for (Message one : messages(request, 3)) {
                families.add(new Metadata(number(one, 1), hex(one, 2), hex(one, 5), hex(one, 4)));
            }
            return new DecodedRequest(series, families);
        }
        DynamicMessage request = DynamicMessage.parseFrom(VERSION_2, bytes);
        List<String> symbols = new ArrayList<>();
        for (Object symbol : (List<?>) field(request, 4)) {
            symbols.add(hex((ByteString) symbol));
        }
        for (Message one : messages(request, 5)) {
            series.add(series2(one, symbols));
        }
        return new DecodedRequest(series, families);
    }

    private static Series series1(Message one) {
        List<Sample> samples = new ArrayList<>();
        for (Message sample : messages(one, 2)) {
            samples.add(new Sample((long) field(sample, 2), 0, (long) field(sample, 1)));
        }
        List<Exemplar> exemplars = new ArrayList<>();
        for (Message exemplar : messages(one, 3)) {
            exemplars.add(new Exemplar(
                    DecodedRequest.packed(labels(exemplar)), (long) field(exemplar, 3), (long) field(exemplar, 2)));
        }
        return new Series(labels(one), samples, histograms(one, 4, false), exemplars, null);
    }

    private static List<DecodedRequest.Label> labels(Message message) {
        List<DecodedRequest.Label> labels = new ArrayList<>();
        for (Message label : messages(message, 1)) {
            labels.add(new DecodedRequest.Label(hex(label, 1), hex(label, 2)));
        }
        return labels;
    }

    private static Series series2(Message one, List<String> symbols) {
        List<Sample> samples = new ArrayList<>();
        for (Message sample : messages(one, 2)) {
            samples.add(new Sample((long) field(sample, 2), (long) field(sample, 3), (long) field(sample, 1)));
        }
        List<Exemplar> exemplars = new ArrayList<>();
        for (Message exemplar : messages(one, 4)) {
            exemplars.add(
                    new Exemplar(DecodedRequest.packed(labels(exemplar, symbols)), (long) field(exemplar, 3), (long)
                            field(exemplar, 2)));
        }
        Message metadata = (Message) field(one, 5);
        int type = number(metadata, 1);
        int help = number(metadata, 3);
        int unit = number(metadata, 4);
        boolean isEmpty = (type | help | unit) == 0;
        boolean isBad = !isEmpty && !(has(symbols, help) && has(symbols, unit));
        return new Series(
                isBad ? null : labels(one, symbols),
                samples,
                histograms(one, 3, true),
                exemplars,
                isEmpty || isBad ? null : new Metadata(type, "", symbols.get(unit), symbols.get(help)));
    }

    private static @Nullable List<DecodedRequest.Label> labels(Message message, List<String> symbols) {
        List<?> refs = (List<?>) field(message, 1);
        boolean known = refs.size() % 2 == 0;
        for (Object ref : refs) {
            known &= has(symbols, (int) ref);
        }
        List<DecodedRequest.Label> labels = new ArrayList<>();
        for (int i = 0; known && i < refs.size(); i += 2) {
            labels.add(new DecodedRequest.Label(symbols.get((int) refs.get(i)), symbols.get((int) refs.get(i + 1))));
        }
        return known ? labels : null;
    }

    private static boolean has(List<String> symbols, int ref) {
        return Integer.toUnsignedLong(ref) < symbols.size();
    }

    private static List<Histogram> histograms(Message series, int number, boolean withStart) {
        List<Histogram> histograms = new ArrayList<>();
        for (Message one : messages(series, number)) {
            boolean floats = isSet(one, 2);
            int hint = number(one, 14) & 0xFF;
            histograms.add(new Histogram(
                    (long) field(one, 15),
                    withStart ? (long) field(one, 17) : 0,
                    List.of(
                            floats,
                            hint > 3 ? 0 : hint,
                            number(one, 4),
                            field(one, 5),
                            field(one, floats ? 2 : 1),
                            field(one, floats ? 7 : 6),
                            field(one, 3),
                            spans(one, 11),
                            spans(one, 8),
                            field(one, floats ? 13 : 12),
                            field(one, floats ? 10 : 9),
                            field(one, 16))));
        }
        return histograms;
    }

    private static List<Span> spans(Message histogram, int number) {
        List<Span> spans = new ArrayList<>();
        for (Message span : messages(histogram, number)) {
            spans.add(new Span(number(span, 1), number(span, 2)));
        }
        return spans;
    }

    private static FieldDescriptor descriptor(Message message, int number) {
        return message.getDescriptorForType().findFieldByNumber(number);
    }

    private static boolean isSet(Message message, int number) {
        return message.hasField(descriptor(message, number));
    }

    private static Object field(Message message, int number) {
        return message.getField(descriptor(message, number));
    }

    private static int number(Message message, int number) {
        return (int) field(message, number);
    }

    @SuppressWarnings("unchecked")
    private static List<Message> messages(Message message, int number) {
        return (List<Message>) field(message, number);
    }

    private static String hex(Message message, int number) {
        return hex((ByteString) field(message, number));
    }

    private static String hex(ByteString text) {
        byte[] bytes = text.toByteArray();
        return DecodedRequest.hex(bytes, 0, bytes.length);
    }

    private static List<DescriptorProto.Builder> version1() {
        return List.of(
                message("Request")
                        .addField(many("timeseries", 1, "TimeSeries"))
                        .addField(many("metadata", 3, "Metadata")),
                message("TimeSeries")
                        .addField(many("labels", 1, "Label"))
                        .addField(many("samples", 2, "Sample"))
                        .addField(many("exemplars", 3, "Exemplar"))
                        .addField(many("histograms", 4, "Histogram")),
                message("Label").addField(one("name", 1, Type.TYPE_BYTES)).addField(one("value", 2, Type.TYPE_BYTES)),
                message("Sample")
                        .addField(one("value", 1, Type.TYPE_FIXED64))
                        .addField(one("timestamp", 2, Type.TYPE_INT64)),
                message("Exemplar")
                        .addField(many("labels", 1, "Label"))
                        .addField(one("value", 2, Type.TYPE_FIXED64))
                        .addField(one("timestamp", 3, Type.TYPE_INT64)),
                message("Metadata")
                        .addField(one("type", 1, Type.TYPE_INT32))
                        .addField(one("metric_family_name", 2, Type.TYPE_BYTES))
                        .addField(one("help", 4, Type.TYPE_BYTES))
                        .addField(one("unit", 5, Type.TYPE_BYTES)));
    }

    private static List<DescriptorProto.Builder> version2() {
        return List.of(
                message("Request")
                        .addField(many("symbols", 4, Type.TYPE_BYTES))
                        .addField(many("timeseries", 5, "TimeSeries")),
                message("TimeSeries")
                        .addField(many("labels_refs", 1, Type.TYPE_UINT32))
                        .addField(many("samples", 2, "Sample"))
                        .addField(many("histograms", 3, "Histogram"))
                        .addField(many("exemplars", 4, "Exemplar"))
                        .addField(one("metadata", 5, Type.TYPE_MESSAGE).setTypeName("Metadata")),
                message("Sample")
                        .addField(one("value", 1, Type.TYPE_FIXED64))
                        .addField(one("timestamp", 2, Type.TYPE_INT64))
                        .addField(one("start_timestamp", 3, Type.TYPE_INT64)),
                message("Exemplar")
                        .addField(many("labels_refs", 1, Type.TYPE_UINT32))
                        .addField(one("value", 2, Type.TYPE_FIXED64))
                        .addField(one("timestamp", 3, Type.TYPE_INT64)),
                message("Metadata")
                        .addField(one("type", 1, Type.TYPE_INT32))
                        .addField(one("help_ref", 3, Type.TYPE_UINT32))
                        .addField(one("unit_ref", 4, Type.TYPE_UINT32)));
    }

    private static DescriptorProto.Builder histogram() {
        return message("Histogram")
                .addOneofDecl(OneofDescriptorProto.newBuilder().setName("count"))
                .addOneofDecl(OneofDescriptorProto.newBuilder().setName("zero_count"))
                .addField(one("count_int", 1, Type.TYPE_UINT64).setOneofIndex(0))
                .addField(one("count_float", 2, Type.TYPE_FIXED64).setOneofIndex(0))
                .addField(one("sum", 3, Type.TYPE_FIXED64))
                .addField(one("schema", 4, Type.TYPE_SINT32))
                .addField(one("zero_threshold", 5, Type.TYPE_FIXED64))
                .addField(one("zero_count_int", 6, Type.TYPE_UINT64).setOneofIndex(1))
                .addField(one("zero_count_float", 7, Type.TYPE_FIXED64).setOneofIndex(1))
                .addField(many("negative_spans", 8, "BucketSpan"))
                .addField(many("negative_deltas", 9, Type.TYPE_SINT64))
                .addField(many("negative_counts", 10, Type.TYPE_FIXED64))
                .addField(many("positive_spans", 11, "BucketSpan"))
                .addField(many("positive_deltas", 12, Type.TYPE_SINT64))
                .addField(many("positive_counts", 13, Type.TYPE_FIXED64))
                .addField(one("reset_hint", 14, Type.TYPE_INT32))
                .addField(one("timestamp", 15, Type.TYPE_INT64))
                .addField(many("custom_values", 16, Type.TYPE_FIXED64));
    }

    private static Descriptor describe(String name, int histogramFieldMax, List<DescriptorProto.Builder> messages) {
        FileDescriptorProto.Builder file = FileDescriptorProto.newBuilder().setName(name);
        messages.forEach(file::addMessageType);
        DescriptorProto.Builder histogram = histogram();
        if (histogramFieldMax == 17) {
            histogram.addField(one("start_timestamp", 17, Type.TYPE_INT64));
        }
        file.addMessageType(histogram);
        file.addMessageType(message("BucketSpan")
                .addField(one("offset", 1, Type.TYPE_SINT32))
                .addField(one("length", 2, Type.TYPE_UINT32)));
        try {
            return FileDescriptor.buildFrom(file.build(), new FileDescriptor[0]).findMessageTypeByName("Request");
        } catch (DescriptorValidationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static DescriptorProto.Builder message(String name) {
        return DescriptorProto.newBuilder().setName(name);
    }

    private static FieldDescriptorProto.Builder one(String name, int number, Type type) {
        return FieldDescriptorProto.newBuilder()
                .setName(name)
                .setNumber(number)
                .setType(type)
                .setLabel(Label.LABEL_OPTIONAL);
    }

    private static FieldDescriptorProto.Builder many(String name, int number, Type type) {
        return one(name, number, type).setLabel(Label.LABEL_REPEATED);
    }

    private static FieldDescriptorProto.Builder many(String name, int number, String type) {
        return many(name, number, Type.TYPE_MESSAGE).setTypeName(type);
    }
}
