package dev.cairndb.receiver.tools;

import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreObserver;
import dev.cairndb.objstore.ObjectStores;
import dev.cairndb.tsdb.admin.BucketAdmin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The options that name a bucket, as in {@code cairn receive} and in Thanos' tools. */
final class BucketOptions {
    private static final String CONFIG = "--objstore.config";
    private static final String CONFIG_FILE = "--objstore.config-file";

    private final BucketFlags flags;

    BucketOptions(BucketFlags flags) {
        this.flags = flags;
    }

    void addTo(CommandSpec spec) {
        spec.addOption(OptionSpec.builder(CONFIG_FILE)
                .paramLabel("FILE")
                .type(Path.class)
                .arity("1")
                .description("File with YAML: where the bucket is. Types S3 and FILESYSTEM, in the form that Thanos"
                        + " defines.")
                .build());
        spec.addOption(OptionSpec.builder(CONFIG)
                .paramLabel("YAML")
                .type(String.class)
                .arity("1")
                .description("The same text itself, instead of a file.")
                .build());
    }

    /** The bucket, which the caller closes. */
    ObjectStore open(ParseResult line) throws IOException {
        Path file = line.matchedOptionValue(CONFIG_FILE, null);
        String yaml = line.matchedOptionValue(CONFIG, null);
        if ((file == null) == (yaml == null)) {
            throw new ParameterException(
                    line.commandSpec().commandLine(), "expected one of " + CONFIG_FILE + " and " + CONFIG);
        }
        return file == null ? flags.open(yaml) : open(file);
    }

    /** The blocks in a bucket, of each of which one object is read. */
    static BucketAdmin.Inventory blocks(ObjectStore store, Console console) throws IOException {
        try (Progress progress = console.progress("listing", "block")) {
            ObjectStoreObserver observer = (operation, nanos, bytes, failure) -> {
                if (operation == ObjectStoreObserver.Operation.READ) {
                    progress.itemDone();
                }
            };
            return BucketAdmin.of(ObjectStores.observed(store, observer)).blocks();
        }
    }

    /** The bucket that a file describes. */
    ObjectStore open(Path file) throws IOException {
        return flags.open(Files.readString(file));
    }
}
