package dev.cairndb.remote;

import dev.cairndb.io.MalformedSnappyException;
import dev.cairndb.io.Snappy;
import dev.cairndb.remote.MalformedRequestException.Layer;
import dev.cairndb.remote.ReadRequest.Hints;
import dev.cairndb.remote.ReadRequest.LabelMatcher;
import dev.cairndb.remote.ReadRequest.MatchType;
import dev.cairndb.remote.ReadRequest.Query;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Decodes remote read requests: snappy blocks of a {@code prometheus.ReadRequest}. Takes what the Go decoder takes: any
 * order of fields, unknown ones, numbers packed or not; of a field that comes twice the last counts, and hints that
 * come twice are one. Not thread-safe, used for one message.
 */
public final class ReadRequestDecoder {
    /** Queries, matchers, names to group by and response types of one request together. */
    static final int PARTS_MAX = 100_000;

    /** No element of a snappy block gives more than 64 bytes for 3. */
    private static final int SNAPPY_RATIO_MAX = 22;

    private final WireReader in = new WireReader();
    private final byte[] bytes;
    private int parts;

    private ReadRequestDecoder(byte[] bytes, int offset) {
        this.bytes = bytes;
        in.reset(bytes, offset);
    }

    /**
     * Decodes a body.
     *
     * @param decompressedBytesMax declared size of the snappy block; checked before anything is allocated
     * @throws MalformedRequestException if it is not such a body
     * @throws RequestTooLargeException if it is larger, or has too many parts
     */
    public static ReadRequest decode(byte[] body, int offset, int length, int decompressedBytesMax) throws IOException {
        try {
            int size = Snappy.uncompressedSizeBytes(body, offset, length);
            if (size > decompressedBytesMax) {
                throw new RequestTooLargeException("decompressed bytes", size, decompressedBytesMax);
            }
            if (size > (long) SNAPPY_RATIO_MAX * length) {
                throw new MalformedRequestException(
                        Layer.SNAPPY, 0, "declared size " + size + " cannot come from " + length + " bytes");
            }
            byte[] message = new byte[size];
            int unused = Snappy.decompress(body, offset, length, message, 0, size);
            return decodeDecompressed(message, 0, size);
        } catch (MalformedSnappyException e) {
            throw new MalformedRequestException(Layer.SNAPPY, e.offset(), "not a snappy block", e);
        }
    }

    /** Decodes a message that is not compressed, or not any more. */
    public static ReadRequest decodeDecompressed(byte[] message, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, message.length);
        return new ReadRequestDecoder(message, offset).request(offset + length);
    }

    private ReadRequest request(int end) throws IOException {
        List<Query> queries = new ArrayList<>();
        List<Integer> types = new ArrayList<>();
        while (in.position() < end) {
            int at = in.position();
            int tag = in.tag(end, "ReadRequest");
            switch (tag >>> 3) {
                case 1 -> {
                    int length = length(tag, at, end, "ReadRequest");
                    countPart();
                    queries.add(query(in.position() + length));
                }
                case 2 -> responseTypes(tag, at, end, types);
                default -> in.skip(tag & 7, end);
            }
        }
        return new ReadRequest(queries, types);
    }

    private void responseTypes(int tag, int at, int end, List<Integer> types) throws IOException {
        int typesEnd = end;
        if ((tag & 7) == WireReader.BYTES) {
            typesEnd = in.length(end);
            typesEnd += in.position();
        } else if ((tag & 7) == WireReader.VARINT) {
            countPart();
            types.add((int) in.varint(end));
            return;
        } else {
            throw in.wrongType(tag, at, "ReadRequest");
        }
        while (in.position() < typesEnd) {
            countPart();
            types.add((int) in.varint(typesEnd));
        }
    }

    private Query query(int end) throws IOException {
        long start = 0;
        long stop = 0;
        List<LabelMatcher> matchers = new ArrayList<>();
        HintsFields hints = null;
        while (in.position() < end) {
            int at = in.position();
            int tag = in.tag(end, "Query");
            switch (tag >>> 3) {
                case 1 -> start = number(tag, at, end, "Query");
                case 2 -> stop = number(tag, at, end, "Query");
                case 3 -> {
                    int length = length(tag, at, end, "Query");
                    countPart();
                    matchers.add(matcher(in.position() + length));
                }
                case 4 -> {
                    int length = length(tag, at, end, "Query");
                    hints = hints == null ? new HintsFields() : hints;
                    hints(hints, in.position() + length);
                }
                default -> in.skip(tag & 7, end);
            }
        }
        return new Query(start, stop, matchers, hints == null ? null : hints.toHints());
    }

    private LabelMatcher matcher(int end) throws IOException {
        int begin = in.position();
        int type = 0;
        String name = "";
        String value = "";
        while (in.position() < end) {
            int at = in.position();
            int tag = in.tag(end, "LabelMatcher");
            switch (tag >>> 3) {
                case 1 -> type = (int) number(tag, at, end, "LabelMatcher");
                case 2 -> name = text(tag, at, end, "LabelMatcher");
                case 3 -> value = text(tag, at, end, "LabelMatcher");
                default -> in.skip(tag & 7, end);
            }
        }
        MatchType known = MatchType.ofId(type);
        if (known == null) {
            throw in.malformed(begin, "matcher of the unknown type " + type);
        }
        return new LabelMatcher(known, name, value);
    }

    private static final class HintsFields {
        private long stepMillis;
        private String function = "";
        private long startMillis;
        private long endMillis;
        private final List<String> grouping = new ArrayList<>();
        private boolean by;
        private long rangeMillis;

        Hints toHints() {
            return new Hints(stepMillis, function, startMillis, endMillis, grouping, by, rangeMillis);
        }
    }

    private void hints(HintsFields hints, int end) throws IOException {
        while (in.position() < end) {
            int at = in.position();
            int tag = in.tag(end, "ReadHints");
            switch (tag >>> 3) {
                case 1 -> hints.stepMillis = number(tag, at, end, "ReadHints");
                case 2 -> hints.function = text(tag, at, end, "ReadHints");
                case 3 -> hints.startMillis = number(tag, at, end, "ReadHints");
                case 4 -> hints.endMillis = number(tag, at, end, "ReadHints");
                case 5 -> {
                    countPart();
                    hints.grouping.add(text(tag, at, end, "ReadHints"));
                }
                case 6 -> hints.by = number(tag, at, end, "ReadHints") != 0;
                case 7 -> hints.rangeMillis = number(tag, at, end, "ReadHints");
                default -> in.skip(tag & 7, end);
            }
        }
    }

    private void countPart() throws RequestTooLargeException {
        if (++parts > PARTS_MAX) {
            throw new RequestTooLargeException("queries, matchers and names", parts, PARTS_MAX);
        }
    }

    private long number(int tag, int at, int end, String message) throws MalformedRequestException {
        if ((tag & 7) != WireReader.VARINT) {
            throw in.wrongType(tag, at, message);
        }
        return in.varint(end);
    }

    private int length(int tag, int at, int end, String message) throws MalformedRequestException {
        if ((tag & 7) != WireReader.BYTES) {
            throw in.wrongType(tag, at, message);
        }
        return in.length(end);
    }

    private String text(int tag, int at, int end, String message) throws MalformedRequestException {
        int length = length(tag, at, end, message);
        int start = in.position();
        in.position(start + length);
        return new String(bytes, start, length, StandardCharsets.UTF_8);
    }
}
