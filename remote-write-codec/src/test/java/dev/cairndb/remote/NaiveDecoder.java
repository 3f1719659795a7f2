package dev.cairndb.remote;

import dev.cairndb.remote.DecodedRequest.Exemplar;
import dev.cairndb.remote.DecodedRequest.Histogram;
import dev.cairndb.remote.DecodedRequest.Label;
import dev.cairndb.remote.DecodedRequest.Metadata;
import dev.cairndb.remote.DecodedRequest.Sample;
import dev.cairndb.remote.DecodedRequest.Series;
import dev.cairndb.remote.DecodedRequest.Span;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rules of Prometheus' decoder once more, without regard to speed: every nested message is copied out, every
 * message is first cut into fields, and then looked at. It is what the parsers are compared with.
 */
final class NaiveDecoder {
    /** Thrown for what must be refused; without a stack trace, since tests refuse millions of messages. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message, null, false, false);
        }
    }

    private record Field(int number, int type, long integer, byte[] content) {}

    /** The wire type of every field of a message; lists of numbers have that of a single one and may come as bytes. */
    private static final int VARINTS = 10;

    private static final int FIXED64S = 11;
    private static final Map<Integer, Integer> LABEL = Map.of(1, 2, 2, 2);
    private static final Map<Integer, Integer> SAMPLE_1 = Map.of(1, 1, 2, 0);
    private static final Map<Integer, Integer> SAMPLE_2 = Map.of(1, 1, 2, 0, 3, 0);
    private static final Map<Integer, Integer> EXEMPLAR_1 = Map.of(1, 2, 2, 1, 3, 0);
    private static final Map<Integer, Integer> EXEMPLAR_2 = Map.of(1, VARINTS, 2, 1, 3, 0);
    private static final Map<Integer, Integer> METADATA_1 = Map.of(1, 0, 2, 2, 4, 2, 5, 2);
    private static final Map<Integer, Integer> METADATA_2 = Map.of(1, 0, 3, 0, 4, 0);
    private static final Map<Integer, Integer> SERIES_1 = Map.of(1, 2, 2, 2, 3, 2, 4, 2);
    private static final Map<Integer, Integer> SERIES_2 = Map.of(1, VARINTS, 2, 2, 3, 2, 4, 2, 5, 2);
    private static final Map<Integer, Integer> REQUEST_1 = Map.of(1, 2, 3, 2);
    private static final Map<Integer, Integer> REQUEST_2 = Map.of(4, 2, 5, 2);
    private static final Map<Integer, Integer> SPAN = Map.of(1, 0, 2, 0);
    private static final int[] HISTOGRAM_TYPES = {
        0, 1, 1, 0, 1, 0, 1, 2, VARINTS, FIXED64S, 2, VARINTS, FIXED64S, 0, 0, FIXED64S, 0
    };

    private final byte[] bytes;
    private int at;

    private NaiveDecoder(byte[] bytes) {
        this.bytes = bytes;
    }

    static DecodedRequest decode(byte[] message, RemoteWriteVersion version) throws Refused {
        return version == RemoteWriteVersion.V1 ? decode1(message) : decode2(message);
    }

    private static DecodedRequest decode1(byte[] message) throws Refused {
        List<Series> series = new ArrayList<>();
        List<Metadata> families = new ArrayList<>();
        for (Field field : fields(message, REQUEST_1)) {
            if (field.number == 1) {
                series.add(series1(field.content));
            } else if (field.number == 3) {
                List<Field> fields = fields(field.content, METADATA_1);
                families.add(new Metadata((int) integer(fields, 1), text(fields, 2), text(fields, 5), text(fields, 4)));
            }
        }
        return new DecodedRequest(series, families);
    }

    private static Series series1(byte[] message) throws Refused {
        List<Label> labels = new ArrayList<>();
        List<Sample> samples = new ArrayList<>();
        List<Histogram> histograms = new ArrayList<>();
        List<Exemplar> exemplars = new ArrayList<>();
        for (Field field : fields(message, SERIES_1)) {
            switch (field.number) {
                case 1 -> labels.add(label(field.content));
                case 2 -> {
                    List<Field> fields = fields(field.content, SAMPLE_1);
                    samples.add(new Sample(integer(fields, 2), 0, integer(fields, 1)));
                }
                case 3 -> {
                    List<Field> fields = fields(field.content, EXEMPLAR_1);
                    List<Label> own = new ArrayList<>();
                    for (Field inner : fields) {
                        if (inner.number == 1) {
                            own.add(label(inner.content));
                        }
                    }
                    exemplars.add(new Exemplar(DecodedRequest.packed(own), integer(fields, 3), integer(fields, 2)));
                }
                case 4 -> histograms.add(histogram(field.content, 16));
                default -> {}
            }
        }
        return new Series(labels, samples, histograms, exemplars, null);
    }

    private static DecodedRequest decode2(byte[] message) throws Refused {
        List<String> symbols = new ArrayList<>();
        List<Field> fields = fields(message, REQUEST_2);
        for (Field field : fields) {
            if (field.number == 4) {
                symbols.add(HexFormat.of().formatHex(field.content));
            }
        }
        List<Series> series = new ArrayList<>();
        for (Field field : fields) {
            if (field.number == 5) {
                series.add(series2(field.content, symbols));
            }
        }
        return new DecodedRequest(series, List.of());
    }

    private static Series series2(byte[] message, List<String> symbols) throws Refused {
        List<Sample> samples = new ArrayList<>();
        List<Histogram> histograms = new ArrayList<>();
        List<Exemplar> exemplars = new ArrayList<>();
        List<Field> metadata = new ArrayList<>();
        List<Field> fields = fields(message, SERIES_2);
        for (Field field : fields) {
            switch (field.number) {
                case 2 -> {
                    List<Field> inner = fields(field.content, SAMPLE_2);
                    samples.add(new Sample(integer(inner, 2), integer(inner, 3), integer(inner, 1)));
                }
                case 3 -> histograms.add(histogram(field.content, 17));
                case 4 -> {
                    List<Field> inner = fields(field.content, EXEMPLAR_2);
                    List<Label> labels = labels(numbers(inner, 1), symbols);
                    exemplars.add(new Exemplar(DecodedRequest.packed(labels), integer(inner, 3), integer(inner, 2)));
                }
                case 5 -> metadata.addAll(fields(field.content, METADATA_2));
                default -> {}
            }
        }
        List<Label> labels = labels(numbers(fields, 1), symbols);
        int type = (int) integer(metadata, 1);
        int help = (int) integer(metadata, 3);
        int unit = (int) integer(metadata, 4);
        if ((type | help | unit) == 0) {
            return new Series(labels, samples, histograms, exemplars, null);
        }
        boolean known = has(symbols, help) && has(symbols, unit);
        return new Series(
                known ? labels : null,
                samples,
                histograms,
                exemplars,
                known ? new Metadata(type, "", symbols.get(unit), symbols.get(help)) : null);
    }

    private static @Nullable List<Label> labels(List<Long> refs, List<String> symbols) {
        List<Label> labels = new ArrayList<>();
        for (int i = 0; i < refs.size(); i += 2) {
            if (i + 1 == refs.size()
                    || !has(symbols, refs.get(i).intValue())
                    || !has(symbols, refs.get(i + 1).intValue())) {
                return null;
            }
            labels.add(new Label(
                    symbols.get(refs.get(i).intValue()),
                    symbols.get(refs.get(i + 1).intValue())));
        }
        return labels;
    }

    private static boolean has(List<String> symbols, int ref) {
        return Integer.toUnsignedLong(ref) < symbols.size();
    }

    private static Label label(byte[] message) throws Refused {
        List<Field> fields = fields(message, LABEL);
        return new Label(text(fields, 1), text(fields, 2));
    }

    private static Histogram histogram(byte[] message, int fieldMax) throws Refused {
        Map<Integer, Integer> types = new HashMap<>();
        for (int number = 1; number <= fieldMax; number++) {
            types.put(number, HISTOGRAM_TYPES[number - 1]);
        }
        List<Field> fields = fields(message, types);
        boolean floats = last(fields, 1, 2) == 2;
        int zeroCount = last(fields, 6, 7);
        int hint = (int) integer(fields, 14) & 0xFF;
        return new Histogram(
                integer(fields, 15),
                fieldMax == 17 ? integer(fields, 17) : 0,
                List.of(
                        floats,
                        hint > 3 ? 0 : hint,
                        (int) zigzag(integer(fields, 4) & 0xFFFFFFFFL),
                        integer(fields, 5),
                        integer(fields, floats ? 2 : 1),
                        zeroCount == (floats ? 7 : 6) ? integer(fields, zeroCount) : 0L,
                        integer(fields, 3),
                        spans(fields, 11),
                        spans(fields, 8),
                        floats ? numbers(fields, 13) : zigzags(fields, 12),
                        floats ? numbers(fields, 10) : zigzags(fields, 9),
                        numbers(fields, 16)));
    }

    private static List<Span> spans(List<Field> fields, int number) throws Refused {
        List<Span> spans = new ArrayList<>();
        for (Field field : fields) {
            if (field.number == number) {
                List<Field> inner = fields(field.content, SPAN);
                spans.add(new Span((int) zigzag(integer(inner, 1) & 0xFFFFFFFFL), (int) integer(inner, 2)));
            }
        }
        return spans;
    }

    private static List<Long> zigzags(List<Field> fields, int number) {
        return numbers(fields, number).stream().map(NaiveDecoder::zigzag).toList();
    }

    private static long zigzag(long raw) {
        return raw >>> 1 ^ -(raw & 1);
    }

    /** Which of two fields came last; 0 if none did. */
    private static int last(List<Field> fields, int a, int b) {
        int last = 0;
        for (Field field : fields) {
            last = field.number == a || field.number == b ? field.number : last;
        }
        return last;
    }

    private static long integer(List<Field> fields, int number) {
        long value = 0;
        for (Field field : fields) {
            value = field.number == number ? field.integer : value;
        }
        return value;
    }

    private static List<Long> numbers(List<Field> fields, int number) {
        List<Long> numbers = new ArrayList<>();
        for (Field field : fields) {
            if (field.number == number) {
                numbers.add(field.integer);
            }
        }
        return numbers;
    }

    private static String text(List<Field> fields, int number) {
        String text = "";
        for (Field field : fields) {
            text = field.number == number ? HexFormat.of().formatHex(field.content) : text;
        }
        return text;
    }

    /** The known fields of a message, lists of numbers as single ones. */
    private static List<Field> fields(byte[] message, Map<Integer, Integer> types) throws Refused {
        List<Field> fields = new ArrayList<>();
        NaiveDecoder in = new NaiveDecoder(message);
        while (in.at < message.length) {
            long tag = in.varint();
            int number = (int) (tag >>> 3);
            int type = (int) (tag & 7);
            if (number <= 0 || type == 4) {
                throw new Refused("tag " + tag);
            }
            Field field = in.field(number, type);
            Integer wanted = types.get(number);
            if (wanted == null) {
                continue;
            }
            if (wanted >= VARINTS && type == 2) {
                NaiveDecoder list = new NaiveDecoder(field.content);
                while (list.at < list.bytes.length) {
                    fields.add(list.field(number, wanted - VARINTS));
                }
            } else if (type == (wanted >= VARINTS ? wanted - VARINTS : wanted)) {
                fields.add(field);
            } else {
                throw new Refused("type " + type + " of field " + number);
            }
        }
        return fields;
    }

    private Field field(int number, int type) throws Refused {
        switch (type) {
            case 0:
                return new Field(number, type, varint(), new byte[0]);
            case 1:
                return new Field(
                        number,
                        type,
                        ByteBuffer.wrap(take(8)).order(ByteOrder.LITTLE_ENDIAN).getLong(),
                        new byte[0]);
            case 2:
                return new Field(number, type, 0, take(varint()));
            case 3:
                int depth = 1;
                while (depth > 0) {
                    int inner = (int) varint() & 7;
                    if (inner == 3) {
                        depth++;
                    } else if (inner == 4) {
                        depth--;
                    } else {
                        field(1, inner);
                    }
                }
                return new Field(number, type, 0, new byte[0]);
            case 5:
                take(4);
                return new Field(number, type, 0, new byte[0]);
            default:
                throw new Refused("wire type " + type);
        }
    }

    private byte[] take(long count) throws Refused {
        if (count < 0 || count > bytes.length - at) {
            throw new Refused(count + " bytes wanted");
        }
        at += (int) count;
        return Arrays.copyOfRange(bytes, at - (int) count, at);
    }

    private long varint() throws Refused {
        long value = 0;
        for (int i = 0; i < 10; i++) {
            if (at == bytes.length) {
                throw new Refused("cut varint");
            }
            int b = bytes[at++];
            value += i == 9 ? (long) (b & 1) << 63 : (long) (b & 0x7F) << 7 * i;
            if (b >= 0) {
                return value;
            }
        }
        throw new Refused("long varint");
    }
}
