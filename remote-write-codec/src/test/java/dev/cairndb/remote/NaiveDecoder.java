package dev.cairndb.remote;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * The rules of Prometheus' decoder once more, without regard to speed: every nested message is copied out, every message
 * is first cut into fields, and then looked at. It is what {@link WriteRequestParser} is compared with.
 */
final class NaiveDecoder {
    /** Thrown for what must be refused. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message);
        }
    }

    private record Field(int number, int type, long integer, byte[] content) {}

    /** Field number to wire type, for fields that are only checked; 10 and 11 are lists of varints and doubles. */
    private static final Map<Integer, Integer> METADATA = Map.of(1, 0, 2, 2, 4, 2, 5, 2);

    private static final Map<Integer, Integer> SPAN = Map.of(1, 0, 2, 0);
    private static final Map<Integer, Integer> HISTOGRAM = Map.ofEntries(
            Map.entry(1, 0),
            Map.entry(2, 1),
            Map.entry(3, 1),
            Map.entry(4, 0),
            Map.entry(5, 1),
            Map.entry(6, 0),
            Map.entry(7, 1),
            Map.entry(8, 2),
            Map.entry(9, 10),
            Map.entry(10, 11),
            Map.entry(11, 2),
            Map.entry(12, 10),
            Map.entry(13, 11),
            Map.entry(14, 0),
            Map.entry(15, 0),
            Map.entry(16, 11));

    private final byte[] bytes;
    private int at;

    private NaiveDecoder(byte[] bytes) {
        this.bytes = bytes;
    }

    static DecodedRequest decode(byte[] message) throws Refused {
        List<DecodedRequest.Series> series = new ArrayList<>();
        int metadata = 0;
        for (Field field : fields(message)) {
            if (field.number == 1) {
                series.add(series(content(field)));
            } else if (field.number == 3) {
                checkFields(content(field), METADATA);
                metadata++;
            }
        }
        return new DecodedRequest(series, metadata);
    }

    private static DecodedRequest.Series series(byte[] message) throws Refused {
        List<DecodedRequest.Label> labels = new ArrayList<>();
        List<DecodedRequest.Sample> samples = new ArrayList<>();
        int exemplars = 0;
        int histograms = 0;
        for (Field field : fields(message)) {
            switch (field.number) {
                case 1 -> labels.add(label(content(field)));
                case 2 -> samples.add(sample(content(field)));
                case 3 -> {
                    for (Field inner : fields(content(field))) {
                        switch (inner.number) {
                            case 1 -> label(content(inner));
                            case 2 -> require(inner, 1);
                            case 3 -> require(inner, 0);
                            default -> {}
                        }
                    }
                    exemplars++;
                }
                case 4 -> {
                    histogram(content(field));
                    histograms++;
                }
                default -> {}
            }
        }
        return new DecodedRequest.Series(labels, samples, exemplars, histograms);
    }

    private static DecodedRequest.Label label(byte[] message) throws Refused {
        String name = "";
        String value = "";
        for (Field field : fields(message)) {
            if (field.number == 1) {
                name = HexFormat.of().formatHex(content(field));
            } else if (field.number == 2) {
                value = HexFormat.of().formatHex(content(field));
            }
        }
        return new DecodedRequest.Label(name, value);
    }

    private static DecodedRequest.Sample sample(byte[] message) throws Refused {
        long timestamp = 0;
        long value = 0;
        for (Field field : fields(message)) {
            if (field.number == 1) {
                require(field, 1);
                value = field.integer;
            } else if (field.number == 2) {
                require(field, 0);
                timestamp = field.integer;
            }
        }
        return new DecodedRequest.Sample(timestamp, value);
    }

    private static void histogram(byte[] message) throws Refused {
        for (Field field : fields(message)) {
            if (field.number == 8 || field.number == 11) {
                checkFields(content(field), SPAN);
            }
        }
        checkFields(message, HISTOGRAM);
    }

    private static void checkFields(byte[] message, Map<Integer, Integer> types) throws Refused {
        for (Field field : fields(message)) {
            int wanted = types.getOrDefault(field.number, field.type);
            if (wanted == 10 && field.type == 2) {
                NaiveDecoder list = new NaiveDecoder(field.content);
                while (list.at < list.bytes.length) {
                    list.varint();
                }
            } else if (wanted == 11 && field.type == 2) {
                if (field.content.length % 8 != 0) {
                    throw new Refused("list of doubles of " + field.content.length + " bytes");
                }
            } else {
                require(field, wanted == 10 ? 0 : wanted == 11 ? 1 : wanted);
            }
        }
    }

    private static List<Field> fields(byte[] message) throws Refused {
        List<Field> fields = new ArrayList<>();
        NaiveDecoder in = new NaiveDecoder(message);
        while (in.at < message.length) {
            long tag = in.varint();
            int number = (int) (tag >>> 3);
            int type = (int) (tag & 7);
            if (number <= 0 || type == 4) {
                throw new Refused("tag " + tag);
            }
            fields.add(in.field(number, type));
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

    private static byte[] content(Field field) throws Refused {
        require(field, 2);
        return field.content;
    }

    private static void require(Field field, int type) throws Refused {
        if (field.type != type) {
            throw new Refused("type " + field.type + " of field " + field.number);
        }
    }
}
