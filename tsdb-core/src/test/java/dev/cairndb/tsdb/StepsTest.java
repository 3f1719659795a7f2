package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StepsTest {
    private final List<String> done = new ArrayList<>();

    @Test
    void allAreDoneAndTheFirstFailureIsThrownWithTheOthersInIt() {
        for (Throwable first : List.of(new IOException("a"), new IllegalStateException("b"), new AssertionError("c"))) {
            done.clear();
            IOException second = new IOException("second");
            Throwable thrown = assertThrows(
                    first.getClass(),
                    () -> Steps.runAll(List.of(
                            () -> done.add("one"),
                            failing(first),
                            failing(second),
                            failing(first),
                            () -> done.add("two"))));
            assertSame(first, thrown);
            assertArrayEquals(new Throwable[] {second}, first.getSuppressed());
            assertEquals(List.of("one", "two"), done);
        }
    }

    private static Steps.Step failing(Throwable failure) {
        return () -> {
            if (failure instanceof IOException e) {
                throw e;
            }
            if (failure instanceof RuntimeException e) {
                throw e;
            }
            throw (Error) failure;
        };
    }
}
