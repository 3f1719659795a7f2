package dev.cairndb.receiver;

import dev.cairndb.objstore.FileObjectStore;
import dev.cairndb.objstore.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A bucket in a folder: Thanos' type FILESYSTEM. */
record FolderBucket(Path directory) implements BucketSettings {
    static FolderBucket parse(YamlSection config, String prefix) throws UsageException {
        String directory = config.text("directory");
        if (directory.isBlank()) {
            throw new UsageException("object store type FILESYSTEM needs config.directory");
        }
        config.requireNoOther();
        Path bucket = Path.of(directory).toAbsolutePath().normalize();
        Path folder = bucket.resolve(prefix).normalize();
        if (!folder.startsWith(bucket)) {
            throw new UsageException("the prefix leads out of the bucket: " + prefix);
        }
        return new FolderBucket(folder);
    }

    @Override
    public ObjectStore open() throws IOException {
        return new FileObjectStore(directory);
    }

    @Override
    public ObjectStore openPresent() throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new IOException(
                    "no such folder: " + directory + "; make it if it is the right one for an empty bucket");
        }
        return open();
    }

    @Override
    public String name() {
        return "fs: " + directory;
    }

    @Override
    public String place() {
        return directory.toString();
    }

    @Override
    public List<String> warnings() {
        return List.of();
    }
}
