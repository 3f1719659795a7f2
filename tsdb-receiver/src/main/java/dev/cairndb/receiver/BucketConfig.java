package dev.cairndb.receiver;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Reads the YAML of {@code --objstore.config}, in the form that Thanos defines. */
final class BucketConfig {
    private static final Set<String> KEYS = Set.of("type", "config", "prefix");
    private static final List<String> OTHER_TYPES =
            List.of("S3", "GCS", "AZURE", "SWIFT", "COS", "ALIYUNOSS", "BOS", "OCI", "OBS");

    private BucketConfig() {}

    /** Returns the folder of a bucket of type FILESYSTEM, or null if the text is empty, which means no bucket. */
    static @Nullable Path directory(String yaml) throws UsageException {
        if (yaml.isBlank()) {
            return null;
        }
        Object root = load(yaml);
        if (!(root instanceof Map<?, ?> config)) {
            throw new UsageException("the object store configuration is not a map: " + yaml.strip());
        }
        for (Object key : config.keySet()) {
            if (!KEYS.contains(String.valueOf(key))) {
                throw new UsageException("the object store configuration has an unknown field: " + key);
            }
        }
        String type = String.valueOf(config.get("type")).toUpperCase(Locale.ROOT);
        if (OTHER_TYPES.contains(type)) {
            throw new UsageException("object store type " + type + " is not in this version; use FILESYSTEM");
        }
        if (!type.equals("FILESYSTEM")) {
            throw new UsageException("unknown object store type: " + config.get("type"));
        }
        if (!(config.get("config") instanceof Map<?, ?> detail)
                || !(detail.get("directory") instanceof String directory)
                || directory.isBlank()) {
            throw new UsageException("object store type FILESYSTEM needs config.directory");
        }
        if (detail.size() > 1) {
            throw new UsageException("object store type FILESYSTEM has config.directory and no other: " + detail);
        }
        String prefix = Objects.requireNonNullElse(config.get("prefix"), "").toString();
        return folder(directory, prefix);
    }

    private static Path folder(String directory, String prefix) throws UsageException {
        Path bucket = Path.of(directory).toAbsolutePath().normalize();
        Path folder = bucket.resolve(prefix.replaceAll("^/+", "")).normalize();
        if (!folder.startsWith(bucket)) {
            throw new UsageException("the prefix leads out of the bucket: " + prefix);
        }
        return folder;
    }

    private static @Nullable Object load(String yaml) throws UsageException {
        try {
            return new Load(LoadSettings.builder().build()).loadFromString(yaml);
        } catch (YamlEngineException e) {
            throw new UsageException("the object store configuration is not YAML: " + e.getMessage());
        }
    }
}
