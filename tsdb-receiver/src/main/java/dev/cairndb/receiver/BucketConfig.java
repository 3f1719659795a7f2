package dev.cairndb.receiver;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the YAML of {@code --objstore.config}, in the form that Thanos defines. It is never shown: it has secrets. */
final class BucketConfig {
    private static final String NAME = "the object store configuration";
    private static final List<String> OTHER_TYPES =
            List.of("GCS", "AZURE", "SWIFT", "COS", "ALIYUNOSS", "BOS", "OCI", "OBS");

    private BucketConfig() {}

    /** Returns null if the text is empty, which means no bucket. */
    static @Nullable BucketSettings parse(String yaml) throws UsageException {
        if (yaml.isBlank()) {
            return null;
        }
        if (!(YamlText.read(NAME, yaml) instanceof Map<?, ?> map)) {
            throw new UsageException(NAME + " is not a map");
        }
        YamlSection root = new YamlSection("", map);
        String type = root.text("type").toUpperCase(Locale.ROOT);
        YamlSection config = root.section("config");
        String prefix = root.text("prefix").replaceAll("^/+|/+$", "");
        root.requireNoOther();
        if (OTHER_TYPES.contains(type)) {
            throw new UsageException("object store type " + type + " is not in this version; use S3 or FILESYSTEM");
        }
        return switch (type) {
            case "FILESYSTEM" -> FolderBucket.parse(config, prefix);
            case "S3" -> S3Bucket.parse(config, prefix);
            default -> throw new UsageException("unknown object store type: " + (type.isEmpty() ? "none" : type));
        };
    }
}
