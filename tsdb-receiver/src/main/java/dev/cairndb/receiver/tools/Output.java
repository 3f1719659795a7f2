package dev.cairndb.receiver.tools;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Text of any length that goes out as it comes. Unlike a PrintStream it tells when nobody reads it any more, or it
 * cannot be written. Not thread-safe.
 */
final class Output {
    private static final int BUFFER_CHARS = 1 << 16;

    private final OutputStream target;
    private final StringBuilder buffer = new StringBuilder(BUFFER_CHARS);

    private Output(OutputStream target) {
        this.target = target;
    }

    /** Standard output itself, if that is what is printed to: its PrintStream would keep failures to itself. */
    static Output to(PrintStream out) {
        return new Output(out == System.out ? new FileOutputStream(FileDescriptor.out) : out);
    }

    /**
     * Whether some of what was printed did not get out, for another reason than that nobody reads on. Then there may be
     * an empty line more.
     */
    static boolean isLost(PrintStream out) {
        if (!out.checkError()) {
            return false;
        }
        try {
            // It does not say why; the same again does.
            to(out).append('\n').flush();
            return true;
        } catch (Closed e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /** Nobody reads on, as at the end of {@code | head}. That is no failure. */
    static final class Closed extends IOException {
        private static final long serialVersionUID = 1;

        Closed(IOException cause) {
            super(cause);
        }
    }

    Output append(CharSequence text) throws IOException {
        buffer.append(text);
        flushFull();
        return this;
    }

    Output append(char c) throws IOException {
        buffer.append(c);
        flushFull();
        return this;
    }

    Output append(long number) throws IOException {
        buffer.append(number);
        flushFull();
        return this;
    }

    private void flushFull() throws IOException {
        if (buffer.length() >= BUFFER_CHARS) {
            flush();
        }
    }

    void flush() throws IOException {
        byte[] bytes = buffer.toString().getBytes(StandardCharsets.UTF_8);
        buffer.setLength(0);
        try {
            target.write(bytes);
            target.flush();
        } catch (IOException e) {
            String message = String.valueOf(e.getMessage());
            // There is no other sign of it.
            if (message.contains("Broken pipe") || message.contains("Connection reset")) {
                throw new Closed(e);
            }
            throw e;
        }
    }
}
