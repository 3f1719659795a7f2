package dev.cairndb.receiver.tools;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/** A file of OpenMetrics text, read as a stream: memory holds one line of it. */
final class OpenMetricsFile {
    private static final int BUFFER_BYTES = 1 << 18;
    private static final int LINE_BYTES_MAX = 1 << 24;

    private final Path file;

    OpenMetricsFile(Path file) {
        this.file = file;
    }

    /** Is given the samples. */
    interface SampleConsumer {
        /** @param line is overwritten afterwards */
        void accept(OpenMetricsLine line) throws IOException;
    }

    long sizeBytes() throws IOException {
        return Files.size(file);
    }

    /**
     * Gives all samples, in the order of the file.
     *
     * @param onBytes is told how many bytes were read, line by line
     * @throws IOException if the text is not right, with the number of the line, or does not end with {@code # EOF}
     */
    void forEachSample(SampleConsumer consumer, LongConsumer onBytes) throws IOException {
        OpenMetricsLine line = new OpenMetricsLine();
        long number = 0;
        boolean ended = false;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES)) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            while (readLine(in, bytes)) {
                number++;
                onBytes.accept(bytes.size() + 1L);
                if (ended) {
                    throw wrong(number, "there is something behind # EOF");
                }
                OpenMetricsLine.Kind kind = line.read(text(bytes, number));
                ended = kind == OpenMetricsLine.Kind.END;
                if (kind == OpenMetricsLine.Kind.SAMPLE) {
                    if (!line.hasTimestamp()) {
                        throw wrong(number, "a sample without a timestamp: " + line.labels());
                    }
                    consumer.accept(line);
                }
            }
        } catch (OpenMetricsLine.SyntaxException e) {
            throw wrong(number, String.valueOf(e.getMessage()));
        }
        if (!ended) {
            throw wrong(number, "the text does not end with # EOF; some of it may be missing");
        }
    }

    /** A line without its break; false at the end. A last line without one is a line as well if it has something. */
    private boolean readLine(InputStream in, ByteArrayOutputStream target) throws IOException {
        target.reset();
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\n') {
                return true;
            }
            if (target.size() == LINE_BYTES_MAX) {
                throw new IOException("a line of more than " + LINE_BYTES_MAX + " bytes: " + file);
            }
            target.write(b);
        }
        return target.size() > 0;
    }

    private String text(ByteArrayOutputStream bytes, long number) throws IOException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw wrong(number, "not UTF-8");
        }
    }

    private IOException wrong(long number, String problem) {
        return new IOException(file + ", line " + number + ": " + problem);
    }
}
