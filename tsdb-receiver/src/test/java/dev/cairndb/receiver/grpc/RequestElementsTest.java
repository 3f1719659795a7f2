package dev.cairndb.receiver.grpc;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairndb.io.CorruptionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class RequestElementsTest {
    private static final int MAX = ProtoReader.ELEMENTS_MAX;

    private static byte[] request(int field, int count) {
        return RawCalls.message(message -> {
            for (int i = 0; i < count; i++) {
                RawCalls.bytes(message, field, new byte[0]);
            }
        });
    }

    private static void assertBounded(Executable most, Executable tooMany) {
        assertDoesNotThrow(most);
        assertThrows(CorruptionException.class, tooMany);
    }

    @Test
    void matchersAndLabelsOfSeriesAreCounted() {
        for (int field : new int[] {3, 14}) {
            assertBounded(
                    () -> SeriesRequest.parse(request(field, MAX)), () -> SeriesRequest.parse(request(field, MAX + 1)));
        }
        assertThrows(
                CorruptionException.class,
                () -> SeriesRequest.parse(
                        RawCalls.message(message -> RawCalls.bytes(message, 13, request(4, MAX + 1)))));
    }

    @Test
    void matchersAndLabelsOfLabelsAreCounted() {
        for (int field : new int[] {6, 7}) {
            assertBounded(
                    () -> LabelsRequest.parseNames(request(field, MAX)),
                    () -> LabelsRequest.parseNames(request(field, MAX + 1)));
            assertBounded(
                    () -> LabelsRequest.parseValues(request(field + 1, MAX)),
                    () -> LabelsRequest.parseValues(request(field + 1, MAX + 1)));
        }
    }

    @Test
    void selectorsOfASumAndTheirMatchersAreCounted() throws CorruptionException {
        assertEquals(MAX, SelectorSum.parse("a+".repeat(MAX - 1) + "a").length);
        assertEquals(1, SelectorSum.parse("a{b=\"" + ",+".repeat(MAX) + "\"}").length);
        assertThrows(CorruptionException.class, () -> SelectorSum.parse("a+".repeat(MAX) + "a"));
        assertThrows(CorruptionException.class, () -> SelectorSum.parse("a{" + "b=\"c\",".repeat(MAX) + "}"));
    }
}
