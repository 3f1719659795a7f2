package dev.cairndb.receiver;

import dev.cairndb.io.Zstd;
import dev.cairndb.remote.RemoteWriteCompression;
import dev.cairndb.remote.RemoteWriteVersion;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the headers of a write say about its body. No type means version 1, no encoding means snappy, as in Prometheus.
 *
 * @param refusal 415 if it is nothing that is received here; then the rest does not count
 */
record WriteContent(
        RemoteWriteVersion version,
        RemoteWriteCompression compression,
        @Nullable Answer refusal) {
    private static final String MEDIA_TYPE = "application/x-protobuf";

    static WriteContent of(
            @Nullable String contentType, @Nullable String contentEncoding, Set<RemoteWriteVersion> accepted) {
        RemoteWriteVersion version = RemoteWriteVersion.V1;
        if (contentType != null && !contentType.isBlank()) {
            MediaType mediaType = MediaType.parse(contentType);
            if (mediaType == null || !mediaType.type().equals(MEDIA_TYPE)) {
                return refused("got " + contentType + " content-type; expected " + MEDIA_TYPE);
            }
            String message = mediaType.parameters().get("proto");
            if (message != null) {
                RemoteWriteVersion named = versionOf(message);
                if (named == null) {
                    return unknownMessage(message, accepted);
                }
                version = named;
            }
        }
        if (!accepted.contains(version)) {
            return unknownMessage(version.messageName(), accepted);
        }
        return withEncoding(version, contentEncoding == null ? "" : contentEncoding.strip());
    }

    private static @Nullable RemoteWriteVersion versionOf(String message) {
        return Arrays.stream(RemoteWriteVersion.values())
                .filter(version -> version.messageName().equals(message))
                .findFirst()
                .orElse(null);
    }

    private static WriteContent withEncoding(RemoteWriteVersion version, String encoding) {
        return switch (encoding.toLowerCase(Locale.ROOT)) {
            case "", "snappy" -> new WriteContent(version, RemoteWriteCompression.SNAPPY, null);
            case "zstd" ->
                Zstd.isAvailable()
                        ? new WriteContent(version, RemoteWriteCompression.ZSTD, null)
                        : refused("zstd encoding (compression) needs the library com.github.luben:zstd-jni, which is"
                                + " not here or may not load its native code; snappy is acceptable");
            default ->
                refused(encoding + " encoding (compression) is not accepted by this server; only snappy and zstd"
                        + " are acceptable");
        };
    }

    private static WriteContent unknownMessage(String message, Set<RemoteWriteVersion> accepted) {
        String supported =
                accepted.stream().sorted().map(RemoteWriteVersion::messageName).collect(Collectors.joining(", "));
        return refused("remote write protobuf message " + message + " is not accepted by this server; supported: "
                + supported);
    }

    private static WriteContent refused(String text) {
        return new WriteContent(RemoteWriteVersion.V1, RemoteWriteCompression.SNAPPY, Answer.of(415, text));
    }
}
