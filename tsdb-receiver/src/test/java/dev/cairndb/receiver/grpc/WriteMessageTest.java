package dev.cairndb.receiver.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class WriteMessageTest {
    private static final byte[] ONE = {10, 1};
    private static final byte[] TWO = {10, 2, 10, 2};

    private static byte[] series(byte[]... values) {
        return RawCalls.message(message -> Stream.of(values).forEach(value -> RawCalls.bytes(message, 1, value)));
    }

    private static void tenant(ByteWriter message, String name) {
        RawCalls.bytes(message, 2, name.getBytes());
    }

    @Test
    void seriesOfOneTenantAreTakenTogetherWhereverTheyStand() throws CorruptionException {
        byte[] message = RawCalls.message(fields -> {
            RawCalls.number(fields, 3, 1);
            RawCalls.bytes(fields, 1, ONE);
            tenant(fields, "a");
            RawCalls.bytes(fields, 99, ONE);
            RawCalls.bytes(fields, 1, TWO);
        });
        List<WriteMessage.Part> parts = WriteMessage.parse(message);
        assertEquals(1, parts.size());
        assertEquals("a", parts.get(0).tenant());
        assertArrayEquals(series(ONE, TWO), bytes(message, parts.get(0)));
    }

    @Test
    void partsOfSeveralTenantsAreTakenInPlaceOfOthers() throws CorruptionException {
        byte[] message = RawCalls.message(fields -> {
            RawCalls.bytes(fields, 4, RawCalls.message(part -> {
                tenant(part, "a");
                RawCalls.bytes(part, 1, ONE);
            }));
            RawCalls.bytes(fields, 1, TWO);
            RawCalls.bytes(fields, 4, RawCalls.message(part -> {
                RawCalls.bytes(part, 1, TWO);
                tenant(part, "b");
                RawCalls.bytes(part, 1, ONE);
            }));
        });
        List<WriteMessage.Part> parts = WriteMessage.parse(message);
        assertEquals(
                List.of("a", "b"), parts.stream().map(WriteMessage.Part::tenant).toList());
        assertArrayEquals(series(ONE), bytes(message, parts.get(0)));
        assertArrayEquals(series(TWO, ONE), bytes(message, parts.get(1)));
    }

    @Test
    void partsAreCounted() throws CorruptionException {
        byte[] part = {4 << 3 | 2, 0};
        assertEquals(
                ProtoReader.ELEMENTS_MAX,
                WriteMessage.parse(repeated(part, ProtoReader.ELEMENTS_MAX)).size());
        byte[] tooMany = repeated(part, ProtoReader.ELEMENTS_MAX + 1);
        assertThrows(CorruptionException.class, () -> WriteMessage.parse(tooMany));
    }

    private static byte[] repeated(byte[] field, int count) {
        return RawCalls.message(message -> {
            for (int i = 0; i < count; i++) {
                message.putBytes(field, 0, field.length);
            }
        });
    }

    @Test
    void everyTruncationIsRefusedOrShorter() {
        byte[] message = RawCalls.message(fields -> {
            RawCalls.bytes(fields, 1, ONE);
            tenant(fields, "tenant");
        });
        int refused = 0;
        for (int length = 0; length < message.length; length++) {
            try {
                WriteMessage.parse(Arrays.copyOf(message, length));
            } catch (CorruptionException e) {
                refused++;
            }
        }
        // whole are: nothing, the series alone
        assertEquals(message.length - 2, refused);
    }

    private static byte[] bytes(byte[] message, WriteMessage.Part part) {
        return Arrays.copyOfRange(message, part.offset(), part.offset() + part.length());
    }
}
