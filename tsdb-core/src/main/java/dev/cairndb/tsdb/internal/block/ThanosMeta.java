package dev.cairndb.tsdb.internal.block;

import dev.cairndb.index.Labels;
import dev.cairndb.io.CorruptionException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The section of meta.json that Thanos reads. Immutable; lists and maps are copied.
 *
 * @param labels the external labels, in byte order of their names
 * @param resolutionMillis 0 for samples as they came
 * @param source who made the block
 * @param segmentFiles names in the folder of chunks
 * @param files all files of the block in the bucket, by path
 * @param seriesSizeBytesMax largest series entry of the index, 0 if not known
 * @param chunkSizeBytesMax largest chunk, 0 if not known
 * @param uploadTime when, in RFC 3339, null if not known
 */
public record ThanosMeta(
        Map<String, String> labels,
        long resolutionMillis,
        String source,
        List<String> segmentFiles,
        List<File> files,
        long seriesSizeBytesMax,
        long chunkSizeBytesMax,
        @Nullable String uploadTime) {
    /**
     * A file of a block.
     *
     * @param path in the block's folder
     * @param sizeBytes 0 where it cannot be told: meta.json itself
     * @param sha256 in hex, null if not computed
     */
    public record File(
            String path, long sizeBytes, @Nullable String sha256) {}

    public ThanosMeta {
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        segmentFiles = List.copyOf(segmentFiles);
        files = List.copyOf(files);
    }

    /**
     * The external labels, of which those without a value are none.
     *
     * @param file the meta.json
     * @throws CorruptionException if a name is empty, or something is not valid Unicode
     */
    public Labels externalLabels(String file) throws CorruptionException {
        try {
            return Labels.of(labels);
        } catch (IllegalArgumentException e) {
            throw new CorruptionException(file, 0, "external labels", String.valueOf(e.getMessage()));
        }
    }
}
