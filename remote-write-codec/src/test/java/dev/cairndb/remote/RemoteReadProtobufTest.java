package dev.cairndb.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Type;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.Snappy;
import dev.cairndb.io.SnappyCompressor;
import dev.cairndb.remote.ReadRequest.LabelMatcher;
import dev.cairndb.remote.ReadRequest.MatchType;
import dev.cairndb.remote.ReadRequest.Query;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The messages of remote read beside Google's decoder. {@code -Dcairn.messages=N} tries more. */
class RemoteReadProtobufTest {
    private static final int MESSAGES = Integer.getInteger("cairn.messages", 3_000);
    private static final FileDescriptor FILE = file();

    private static FileDescriptor file() {
        try {
            return FileDescriptor.buildFrom(
                    FileDescriptorProto.newBuilder()
                            .setName("read.proto")
                            .setSyntax("proto3")
                            .addMessageType(message("LabelMatcher", one(1, Type.TYPE_INT32), text(2), text(3)))
                            .addMessageType(message(
                                    "ReadHints",
                                    one(1, Type.TYPE_INT64),
                                    text(2),
                                    one(3, Type.TYPE_INT64),
                                    one(4, Type.TYPE_INT64),
                                    text(5).setLabel(Label.LABEL_REPEATED),
                                    one(6, Type.TYPE_BOOL),
                                    one(7, Type.TYPE_INT64)))
                            .addMessageType(message(
                                    "Query",
                                    one(1, Type.TYPE_INT64),
                                    one(2, Type.TYPE_INT64),
                                    many(3, "LabelMatcher"),
                                    many(4, "ReadHints").setLabel(Label.LABEL_OPTIONAL)))
                            .addMessageType(message(
                                    "ReadRequest",
                                    many(1, "Query"),
                                    one(2, Type.TYPE_INT32).setLabel(Label.LABEL_REPEATED)))
                            .addMessageType(message("Label", text(1), text(2)))
                            .addMessageType(message("Sample", one(1, Type.TYPE_FIXED64), one(2, Type.TYPE_INT64)))
                            .addMessageType(message("TimeSeries", many(1, "Label"), many(2, "Sample")))
                            .addMessageType(message("QueryResult", many(1, "TimeSeries")))
                            .addMessageType(message("ReadResponse", many(1, "QueryResult")))
                            .addMessageType(message(
                                    "Chunk",
                                    one(1, Type.TYPE_INT64),
                                    one(2, Type.TYPE_INT64),
                                    one(3, Type.TYPE_INT32),
                                    one(4, Type.TYPE_BYTES)))
                            .addMessageType(message("ChunkedSeries", many(1, "Label"), many(2, "Chunk")))
                            .addMessageType(
                                    message("ChunkedReadResponse", many(1, "ChunkedSeries"), one(2, Type.TYPE_INT64)))
                            .build(),
                    new FileDescriptor[0]);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static DescriptorProto message(String name, FieldDescriptorProto.Builder... fields) {
        DescriptorProto.Builder message = DescriptorProto.newBuilder().setName(name);
        Arrays.stream(fields).forEach(message::addField);
        return message.build();
    }

    private static FieldDescriptorProto.Builder one(int number, Type type) {
        return FieldDescriptorProto.newBuilder()
                .setName("f" + number)
                .setNumber(number)
                .setType(type)
                .setLabel(Label.LABEL_OPTIONAL);
    }

    private static FieldDescriptorProto.Builder text(int number) {
        return one(number, Type.TYPE_STRING);
    }

    private static FieldDescriptorProto.Builder many(int number, String type) {
        return one(number, Type.TYPE_MESSAGE).setTypeName(type).setLabel(Label.LABEL_REPEATED);
    }

    private static Descriptor type(String name) {
        return FILE.findMessageTypeByName(name);
    }

    @Test
    void requestsAreReadAsGoogleReadsThem() throws IOException {
        Random random = new Random(1);
        for (int i = 0; i < MESSAGES; i++) {
            byte[] bytes = request(random);
            Message expected = DynamicMessage.parseFrom(type("ReadRequest"), bytes);
            assertEquals(of(expected), ReadRequestDecoder.decodeDecompressed(bytes, 0, bytes.length), "message " + i);
        }
        System.out.println("RemoteReadProtobufTest: " + MESSAGES + " requests");
    }

    /** With fields in any order, twice, of unknown numbers, and lists packed or not. */
    private static byte[] request(Random random) {
        WireWriter out = WireWriter.message();
        for (int n = random.nextInt(6); n > 0; n--) {
            switch (random.nextInt(5)) {
                case 0 -> out.integer(2, random.nextInt(4) - 1L);
                case 1 -> out.bytes(2, new byte[] {1, 0, (byte) 0x87, 1});
                case 2 -> out.integer(100, random.nextLong());
                default -> out.message(1, query(random));
            }
        }
        return out.toByteArray();
    }

    private static WireWriter query(Random random) {
        WireWriter out = WireWriter.message();
        for (int n = random.nextInt(7); n > 0; n--) {
            switch (random.nextInt(6)) {
                case 0 -> out.integer(1, random.nextLong() >> random.nextInt(64));
                case 1 -> out.integer(2, random.nextLong() >> random.nextInt(64));
                case 2 -> out.message(4, hints(random));
                case 3 -> out.fixed64(9, random.nextLong());
                default -> {
                    WireWriter matcher = WireWriter.message();
                    for (int m = random.nextInt(5); m > 0; m--) {
                        switch (random.nextInt(3)) {
                            case 0 -> matcher.integer(1, random.nextInt(4));
                            case 1 -> matcher.bytes(2, word(random));
                            default -> matcher.bytes(3, word(random));
                        }
                    }
                    out.message(3, matcher);
                }
            }
        }
        return out;
    }

    private static WireWriter hints(Random random) {
        WireWriter out = WireWriter.message();
        for (int n = random.nextInt(8); n > 0; n--) {
            int field = 1 + random.nextInt(7);
            switch (field) {
                case 2, 5 -> out.bytes(field, word(random));
                case 6 -> out.integer(6, random.nextInt(2));
                default -> out.integer(field, random.nextLong());
            }
        }
        return out;
    }

    private static String word(Random random) {
        return List.of("", "a", "job", "\uD83D\uDE00", ".*").get(random.nextInt(5));
    }

    private static ReadRequest of(Message message) {
        List<Query> queries = new ArrayList<>();
        for (Message query : messages(message, 1)) {
            List<LabelMatcher> matchers = new ArrayList<>();
            for (Message matcher : messages(query, 3)) {
                matchers.add(new LabelMatcher(
                        MatchType.values()[(int) field(matcher, 1)], (String) field(matcher, 2), (String)
                                field(matcher, 3)));
            }
            Message hints = (Message) field(query, 4);
            queries.add(new Query(
                    (long) field(query, 1),
                    (long) field(query, 2),
                    matchers,
                    query.hasField(descriptor(query, 4)) ? hints(hints) : null));
        }
        return new ReadRequest(queries, list(field(message, 2)));
    }

    private static ReadRequest.Hints hints(Message hints) {
        return new ReadRequest.Hints(
                (long) field(hints, 1),
                (String) field(hints, 2),
                (long) field(hints, 3),
                (long) field(hints, 4),
                list(field(hints, 5)),
                (boolean) field(hints, 6),
                (long) field(hints, 7));
    }

    @SuppressWarnings("unchecked")
    private static <T> List<T> list(Object field) {
        return (List<T>) field;
    }

    private static List<Message> messages(Message message, int number) {
        return list(field(message, number));
    }

    private static FieldDescriptor descriptor(Message message, int number) {
        return message.getDescriptorForType().findFieldByNumber(number);
    }

    private static Object field(Message message, int number) {
        return message.getField(descriptor(message, number));
    }

    @Test
    void everyCutAndEveryChangedByteIsAnErrorOrAnotherRequest() throws IOException {
        Random random = new Random(2);
        byte[] message = request(random);
        while (message.length < 150) {
            message = request(random);
        }
        byte[] body = new byte[Snappy.compressedSizeBytesMax(message.length)];
        body = Arrays.copyOf(body, new SnappyCompressor().compress(message, 0, message.length, body, 0));
        for (int length = 0; length < body.length; length++) {
            byte[] cut = Arrays.copyOf(body, length);
            assertThrows(MalformedRequestException.class, () -> decode(cut));
        }
        for (int at = 0; at < body.length; at++) {
            for (int flip = 1; flip < 256; flip++) {
                byte[] changed = body.clone();
                changed[at] ^= (byte) flip;
                decodeOrRefuse(changed);
            }
        }
    }

    private static ReadRequest decode(byte[] body) throws IOException {
        return ReadRequestDecoder.decode(body, 0, body.length, 1 << 16);
    }

    private static void decodeOrRefuse(byte[] body) throws IOException {
        try {
            assertTrue(decode(body).queries().size() <= body.length * 22);
        } catch (MalformedRequestException | RequestTooLargeException e) {
            assertTrue(String.valueOf(e.getMessage()).length() < 1_000);
        }
    }

    @Test
    void aRequestOfTooManyPartsOrOfTooLargeASizeIsRefused() {
        WireWriter query = WireWriter.message();
        for (int i = 0; i < ReadRequestDecoder.PARTS_MAX; i++) {
            query.message(3, WireWriter.message());
        }
        byte[] message = WireWriter.message().message(1, query).toByteArray();
        assertThrows(
                RequestTooLargeException.class,
                () -> ReadRequestDecoder.decodeDecompressed(message, 0, message.length));
        byte[] declaresMuch = {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 7, 0};
        assertThrows(
                RequestTooLargeException.class,
                () -> ReadRequestDecoder.decode(declaresMuch, 0, declaresMuch.length, 1 << 20));
        assertThrows(
                MalformedRequestException.class,
                () -> ReadRequestDecoder.decode(declaresMuch, 0, declaresMuch.length, 1 << 30));
    }

    @Test
    void answersOfManyPiecesAreReadByGoogle() throws IOException {
        Random random = new Random(3);
        ReadResponseEncoder encoder = new ReadResponseEncoder(0);
        List<List<List<ListedSamples.Sample>>> expected = new ArrayList<>();
        for (int result = 0; result < 4; result++) {
            encoder.startResult();
            List<List<ListedSamples.Sample>> all = new ArrayList<>();
            for (int series = result * 150; series > 0; series--) {
                List<ListedSamples.Sample> samples = new ArrayList<>();
                for (int i = random.nextInt(series % 50 == 0 ? 20_000 : 50); i > 0; i--) {
                    samples.add(new ListedSamples.Sample(random.nextInt(9) - 1L, random.nextInt(3), null));
                }
                encoder.startSeries();
                byte[] text = ("s" + series).getBytes(StandardCharsets.UTF_8);
                encoder.label(text, 0, 1, text, 0, text.length);
                encoder.addSamples(new ListedSamples(samples));
                encoder.endSeries();
                all.add(samples);
            }
            encoder.endResult();
            expected.add(all);
        }
        encoder.finish();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        encoder.writeTo(out);
        byte[] body = out.toByteArray();
        byte[] message = new byte[Snappy.uncompressedSizeBytes(body, 0, body.length)];
        assertEquals(message.length, Snappy.decompress(body, 0, body.length, message, 0, message.length));
        assertTrue(message.length > 1 << 19 && body.length < message.length / 2, message.length + " " + body.length);
        List<List<List<ListedSamples.Sample>>> found = new ArrayList<>();
        for (Message result : messages(DynamicMessage.parseFrom(type("ReadResponse"), message), 1)) {
            List<List<ListedSamples.Sample>> all = new ArrayList<>();
            for (Message series : messages(result, 1)) {
                all.add(messages(series, 2).stream()
                        .map(sample -> new ListedSamples.Sample((long) field(sample, 2), (long) field(sample, 1), null))
                        .toList());
            }
            found.add(all);
        }
        assertEquals(expected, found);
    }

    @Test
    void anAnswerOverItsLimitIsRefusedWhileItIsBuilt() throws IOException {
        List<ListedSamples.Sample> samples = List.of(
                new ListedSamples.Sample(1, 1, null),
                new ListedSamples.Sample(2, 1, null),
                new ListedSamples.Sample(3, 1, null));
        ReadResponseEncoder enough = new ReadResponseEncoder(3);
        enough.startResult();
        enough.startSeries();
        enough.addSamples(new ListedSamples(samples));
        ReadResponseEncoder tooFew = new ReadResponseEncoder(2);
        tooFew.startResult();
        tooFew.startSeries();
        assertThrows(SampleLimitException.class, () -> tooFew.addSamples(new ListedSamples(samples)));
    }

    @Test
    void framesAreReadByGoogleAndHoldAtMostOneChunkTooMuch() throws IOException {
        Random random = new Random(4);
        ChunkedReadResponseEncoder encoder = new ChunkedReadResponseEncoder(500);
        List<String> expected = new ArrayList<>();
        EncodedChunk chunk = new EncodedChunk();
        for (int series = 0; series < 200; series++) {
            encoder.startSeries(series / 100);
            byte[] text = ("s" + series).getBytes(StandardCharsets.UTF_8);
            encoder.label(text, 0, 1, text, 0, text.length);
            for (int i = random.nextInt(20); i > 0; i--) {
                byte[] data = new byte[3 + random.nextInt(200)];
                random.nextBytes(data);
                long min = random.nextLong();
                chunk.wrap(ChunkEncoding.values()[random.nextInt(4)], min, min + 1, data, 0, data.length);
                encoder.addChunk(chunk);
                expected.add(series / 100 + " s" + series + " " + min + " "
                        + chunk.encoding().id() + " " + Arrays.toString(data));
            }
            encoder.endSeries();
        }
        List<String> found = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(encoder.frames().toByteArray());
        while (in.hasRemaining()) {
            addFrame(in, found);
        }
        assertEquals(expected, found);
    }

    private static void addFrame(ByteBuffer in, List<String> found) throws IOException {
        int size = in.get();
        if (size < 0) {
            size = size & 0x7F | in.get() << 7;
        }
        int crc = in.getInt();
        byte[] frame = new byte[size];
        in.get(frame);
        assertEquals(Crc32c.of(frame, 0, size), crc);
        assertTrue(size < 500 + 250, "frame of " + size);
        Message message = DynamicMessage.parseFrom(type("ChunkedReadResponse"), frame);
        assertEquals(1, messages(message, 1).size());
        for (Message series : messages(message, 1)) {
            assertTrue(messages(series, 2).size() > 0);
            for (Message chunk : messages(series, 2)) {
                byte[] data = ((com.google.protobuf.ByteString) field(chunk, 4)).toByteArray();
                found.add(field(message, 2) + " " + field(messages(series, 1).get(0), 2) + " " + field(chunk, 1) + " "
                        + field(chunk, 3) + " " + Arrays.toString(data));
            }
        }
    }
}
