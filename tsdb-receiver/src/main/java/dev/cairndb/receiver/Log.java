package dev.cairndb.receiver;

import dev.cairndb.receiver.tools.FailureText;
import java.io.PrintStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The log of the program: plain lines on one stream, those of libraries from warnings on. An application's own; the
 * store itself tells its host through a listener instead. Thread-safe.
 */
final class Log {
    private static final Logger LOGGER = Logger.getLogger("dev.cairndb");

    private Log() {}

    /** Sends the log of this process to a stream, instead of where it went before. */
    static void configure(String level, PrintStream stream) {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            root.removeHandler(handler);
        }
        root.setLevel(Level.WARNING);
        root.addHandler(new Lines(stream));
        LOGGER.setLevel(levelOf(level));
    }

    /**
     * Shows a line below the log, in place of the one shown before; null takes it away. For terminals only: it is
     * written with control characters.
     */
    static void status(@Nullable String line) {
        for (Handler handler : Logger.getLogger("").getHandlers()) {
            if (handler instanceof Lines lines) {
                lines.status(line);
            }
        }
    }

    private static Level levelOf(String name) {
        return switch (name) {
            case "error" -> Level.SEVERE;
            case "warn" -> Level.WARNING;
            case "debug" -> Level.FINE;
            default -> Level.INFO;
        };
    }

    static void error(String message) {
        LOGGER.log(Level.SEVERE, "{0}", message);
    }

    /** With a stack trace: for what should not happen. */
    static void error(String message, Throwable failure) {
        LOGGER.log(Level.SEVERE, message, failure);
    }

    static void warn(String message) {
        LOGGER.log(Level.WARNING, "{0}", message);
    }

    static void info(String message) {
        LOGGER.log(Level.INFO, "{0}", message);
    }

    static void debug(String message) {
        LOGGER.log(Level.FINE, "{0}", message);
    }

    /** What a failure says in one line, with the reasons below it. */
    static String describe(@Nullable Throwable failure) {
        return FailureText.of(failure);
    }

    private static final class Lines extends Handler {
        /** To the beginning of the line, and what is on it goes. */
        private static final String CLEARED = "\r\033[K";

        private final PrintStream stream;
        private String status = "";
        private final Formatter formatter = new Formatter() {
            @Override
            public String format(LogRecord entry) {
                return formatMessage(entry);
            }
        };

        Lines(PrintStream stream) {
            this.stream = stream;
        }

        @Override
        public void publish(LogRecord entry) {
            String line = Instant.ofEpochMilli(entry.getMillis()).truncatedTo(ChronoUnit.MILLIS) + " "
                    + name(entry.getLevel()) + " " + formatter.format(entry);
            Throwable thrown = entry.getThrown();
            synchronized (this) {
                if (!status.isEmpty()) {
                    stream.print(CLEARED);
                }
                stream.println(line);
                if (thrown != null) {
                    thrown.printStackTrace(stream);
                }
                stream.print(status);
                stream.flush();
            }
        }

        synchronized void status(@Nullable String line) {
            String shown = line == null ? "" : line;
            if (!shown.equals(status)) {
                stream.print(CLEARED + shown);
                stream.flush();
                status = shown;
            }
        }

        private static String name(Level level) {
            if (level.intValue() >= Level.SEVERE.intValue()) {
                return "ERROR";
            }
            if (level.intValue() >= Level.WARNING.intValue()) {
                return "WARN ";
            }
            return level.intValue() >= Level.INFO.intValue() ? "INFO " : "DEBUG";
        }

        @Override
        public void flush() {
            stream.flush();
        }

        @Override
        public void close() {}
    }
}
