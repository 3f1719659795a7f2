package dev.cairndb.receiver;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import dev.cairndb.index.Labels;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.function.BiConsumer;

/** The envelope of Prometheus' HTTP API around data, and around errors. Stateless. */
final class JsonAnswer {
    static final String CONTENT_TYPE = "application/json";
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
            .build();

    private JsonAnswer() {}

    /** Ready for the data. */
    static JsonGenerator begin(AnswerStream out) throws IOException {
        out.begin(CONTENT_TYPE);
        JsonGenerator json = JSON.createGenerator((OutputStream) out);
        json.writeStartObject();
        json.writeStringField("status", "success");
        json.writeFieldName("data");
        return json;
    }

    /** @param truncated whether a limit left something out */
    static void end(JsonGenerator json, boolean truncated) throws IOException {
        if (truncated) {
            json.writeArrayFieldStart("warnings");
            json.writeString("results truncated due to limit");
            json.writeEndArray();
        }
        json.writeEndObject();
        json.close();
    }

    static void writeError(AnswerStream out, ApiException error) throws IOException {
        JsonGenerator json = JSON.createGenerator((OutputStream) out);
        json.writeStartObject();
        json.writeStringField("status", "error");
        json.writeStringField("errorType", error.type().text());
        json.writeStringField("error", error.text());
        json.writeEndObject();
        json.close();
    }

    static void writeLabels(JsonGenerator json, Labels labels) throws IOException {
        json.writeStartObject();
        try {
            BiConsumer<String, String> writer = (name, value) -> writeField(json, name, value);
            labels.forEach(writer);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        json.writeEndObject();
    }

    private static void writeField(JsonGenerator json, String name, String value) {
        try {
            json.writeStringField(name, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
