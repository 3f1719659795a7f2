package dev.cairndb.receiver.tools;

import java.nio.file.FileSystemException;
import org.jspecify.annotations.Nullable;

/** What a failure says to people. */
public final class FailureText {
    private static final int LENGTH_MAX = 1000;

    private FailureText() {}

    /** In one line, with the reasons below it. */
    public static String of(@Nullable Throwable failure) {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = failure; cause != null && text.length() < LENGTH_MAX; cause = cause.getCause()) {
            String message = cause.getMessage();
            String line =
                    message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
            // Messages of the JDK about files are often only the file's name.
            if (cause instanceof FileSystemException) {
                line = cause.getClass().getSimpleName() + " " + line;
            }
            if (text.indexOf(line) < 0) {
                text.append(text.length() == 0 ? "" : ": ").append(line);
            }
        }
        return text.toString().replace('\n', ' ');
    }
}
