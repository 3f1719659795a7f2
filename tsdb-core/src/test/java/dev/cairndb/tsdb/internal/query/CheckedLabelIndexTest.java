package dev.cairndb.tsdb.internal.query;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import dev.cairndb.index.LabelIndex;
import java.lang.reflect.Method;
import org.junit.jupiter.api.Test;

class CheckedLabelIndexTest {
    /** One that is left out falls back to what every index can do, the slow way. */
    @Test
    void passesOnEveryQuestionAnIndexCanBeAsked() {
        for (Method method : LabelIndex.class.getDeclaredMethods()) {
            if (!method.isSynthetic()) {
                assertDoesNotThrow(
                        () -> CheckedLabelIndex.class.getDeclaredMethod(method.getName(), method.getParameterTypes()));
            }
        }
    }
}
