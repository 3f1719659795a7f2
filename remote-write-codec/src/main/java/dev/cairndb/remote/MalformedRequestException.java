package dev.cairndb.remote;

import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A body that is not compressed as it should be, or not the protobuf message it should be; nothing of it was decoded.
 * The same body will never be right: the sender must not repeat it.
 */
public final class MalformedRequestException extends IOException {
    private static final long serialVersionUID = 1L;

    /** The layer that could not be read. */
    public enum Layer {
        SNAPPY,
        ZSTD,
        PROTOBUF
    }

    private final Layer layer;
    private final long offset;

    MalformedRequestException(Layer layer, long offset, String problem) {
        this(layer, offset, problem, null);
    }

    MalformedRequestException(Layer layer, long offset, String problem, @Nullable Throwable cause) {
        super("cannot decode body: " + problem + ", layer=" + name(layer) + ", offset=" + offset, cause);
        this.layer = layer;
        this.offset = offset;
    }

    public Layer layer() {
        return layer;
    }

    /**
     * Where in the body (for {@code SNAPPY}; for {@code ZSTD} its start) or in the decompressed message (for
     * {@code PROTOBUF}).
     */
    public long offset() {
        return offset;
    }

    private static String name(Layer layer) {
        return layer.name().toLowerCase(Locale.ROOT);
    }
}
