package dev.cairndb.remote;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Type;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.List;

/**
 * Google's decoder for the same messages. Names and values are bytes here, because Prometheus' decoder does not check
 * strings. It takes fields with the wrong wire type for unknown ones and knows fewer groups, so it is asked about
 * messages without such things only.
 */
final class ProtobufOracle {
    private static final Descriptor WRITE_REQUEST = describe();

    private ProtobufOracle() {}

    static DecodedRequest decode(byte[] bytes) throws InvalidProtocolBufferException {
        DynamicMessage request = DynamicMessage.parseFrom(WRITE_REQUEST, bytes);
        List<DecodedRequest.Series> series = new ArrayList<>();
        for (Message one : messages(request, 1)) {
            List<DecodedRequest.Label> labels = new ArrayList<>();
            for (Message label : messages(one, 1)) {
                labels.add(new DecodedRequest.Label(hex(label, 1), hex(label, 2)));
            }
            List<DecodedRequest.Sample> samples = new ArrayList<>();
            for (Message sample : messages(one, 2)) {
                samples.add(new DecodedRequest.Sample((long) field(sample, 2), (long) field(sample, 1)));
            }
            series.add(new DecodedRequest.Series(
                    labels, samples, messages(one, 3).size(), messages(one, 4).size()));
        }
        return new DecodedRequest(series, messages(request, 3).size());
    }

    private static Object field(Message message, int number) {
        return message.getField(message.getDescriptorForType().findFieldByNumber(number));
    }

    @SuppressWarnings("unchecked")
    private static List<Message> messages(Message message, int number) {
        return (List<Message>) field(message, number);
    }

    private static String hex(Message message, int number) {
        byte[] bytes = ((ByteString) field(message, number)).toByteArray();
        return DecodedRequest.hex(bytes, 0, bytes.length);
    }

    private static Descriptor describe() {
        FileDescriptorProto file = FileDescriptorProto.newBuilder()
                .setName("remote.proto")
                .addMessageType(message("Label")
                        .addField(one("name", 1, Type.TYPE_BYTES))
                        .addField(one("value", 2, Type.TYPE_BYTES)))
                // The double is read as its bits: nothing in between may change a NaN.
                .addMessageType(message("Sample")
                        .addField(one("value", 1, Type.TYPE_FIXED64))
                        .addField(one("timestamp", 2, Type.TYPE_INT64)))
                .addMessageType(message("Exemplar")
                        .addField(many("labels", 1, "Label"))
                        .addField(one("value", 2, Type.TYPE_DOUBLE))
                        .addField(one("timestamp", 3, Type.TYPE_INT64)))
                .addMessageType(message("BucketSpan")
                        .addField(one("offset", 1, Type.TYPE_SINT32))
                        .addField(one("length", 2, Type.TYPE_UINT32)))
                .addMessageType(message("Histogram")
                        .addField(one("count_int", 1, Type.TYPE_UINT64))
                        .addField(one("count_float", 2, Type.TYPE_DOUBLE))
                        .addField(one("sum", 3, Type.TYPE_DOUBLE))
                        .addField(one("schema", 4, Type.TYPE_SINT32))
                        .addField(one("zero_threshold", 5, Type.TYPE_DOUBLE))
                        .addField(one("zero_count_int", 6, Type.TYPE_UINT64))
                        .addField(one("zero_count_float", 7, Type.TYPE_DOUBLE))
                        .addField(many("negative_spans", 8, "BucketSpan"))
                        .addField(many("negative_deltas", 9, Type.TYPE_SINT64))
                        .addField(many("negative_counts", 10, Type.TYPE_DOUBLE))
                        .addField(many("positive_spans", 11, "BucketSpan"))
                        .addField(many("positive_deltas", 12, Type.TYPE_SINT64))
                        .addField(many("positive_counts", 13, Type.TYPE_DOUBLE))
                        .addField(one("reset_hint", 14, Type.TYPE_INT32))
                        .addField(one("timestamp", 15, Type.TYPE_INT64))
                        .addField(many("custom_values", 16, Type.TYPE_DOUBLE)))
                .addMessageType(message("MetricMetadata")
                        .addField(one("type", 1, Type.TYPE_INT32))
                        .addField(one("metric_family_name", 2, Type.TYPE_BYTES))
                        .addField(one("help", 4, Type.TYPE_BYTES))
                        .addField(one("unit", 5, Type.TYPE_BYTES)))
                .addMessageType(message("TimeSeries")
                        .addField(many("labels", 1, "Label"))
                        .addField(many("samples", 2, "Sample"))
                        .addField(many("exemplars", 3, "Exemplar"))
                        .addField(many("histograms", 4, "Histogram")))
                .addMessageType(message("WriteRequest")
                        .addField(many("timeseries", 1, "TimeSeries"))
                        .addField(many("metadata", 3, "MetricMetadata")))
                .build();
        try {
            return FileDescriptor.buildFrom(file, new FileDescriptor[0]).findMessageTypeByName("WriteRequest");
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
