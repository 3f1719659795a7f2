package dev.cairndb.tsdb;

import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
import dev.cairndb.io.FileStorage;
import dev.cairndb.io.Storage;
import dev.cairndb.objstore.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Opens a {@link Tsdb}: its directory, settings and components. Not thread-safe; may be used once or many times. */
public final class TsdbBuilder {
    final Path directory;
    TsdbOptions options = TsdbOptions.defaults();

    @Nullable
    TsdbRuntime runtime;

    @Nullable
    ObjectStore objectStore;

    @Nullable
    BucketReader bucketReader;

    Labels externalLabels = Labels.empty();
    TsdbListener listener = TsdbListener.NONE;
    Clock clock = Clock.system();
    Storage storage = FileStorage.instance();

    TsdbBuilder(Path directory) {
        this.directory = directory;
    }

    public TsdbBuilder options(TsdbOptions value) {
        options = value;
        return this;
    }

    /** Threads and buffers to use; stays the host's to close. Without one the store makes and closes its own. */
    public TsdbBuilder runtime(TsdbRuntime value) {
        runtime = value;
        return this;
    }

    /** Where blocks are shipped to; stays the host's to close. Needs {@link #externalLabels}. */
    public TsdbBuilder objectStore(ObjectStore value) {
        objectStore = value;
        return this;
    }

    /**
     * Reads blocks that are no longer here in the bucket: each querier of the store shows head, local blocks and those
     * of the bucket as one, no sample twice. A block that is here, or all of whose sources are, is read here. Retention
     * then deletes no block here before the reader has seen it there, or the bucket has lost it again. What was deleted here after it was shipped is
     * read there once its block here is gone. Stays the host's to close, after the store.
     *
     * @param value a reader of raw samples, for the streams that this store ships
     */
    public TsdbBuilder bucketReader(BucketReader value) {
        bucketReader = value;
        return this;
    }

    /** Labels that tell this store's blocks from those of others in the object store, for example a replica. */
    public TsdbBuilder externalLabels(Labels value) {
        externalLabels = value;
        return this;
    }

    public TsdbBuilder listener(TsdbListener value) {
        listener = value;
        return this;
    }

    public TsdbBuilder clock(Clock value) {
        clock = value;
        return this;
    }

    /** What does the file work; the default is the file system. */
    public TsdbBuilder storage(Storage value) {
        storage = value;
        return this;
    }

    /**
     * Opens the store: blocks, then the head from chunks_head and the log. Damaged files are reported to the listener
     * and set aside, and what is good in them is used.
     *
     * @throws IOException if the directory cannot be written, is in use by another store, or is of a format this
     *     version does not read
     */
    public Tsdb open() throws IOException {
        if (objectStore != null && externalLabels.isEmpty()) {
            throw new IllegalArgumentException(
                    "an object store needs external labels that tell this store's blocks apart");
        }
        if (objectStore != null && options.floatEncoding() == FloatEncoding.XOR2 && !options.shipUnreadableByThanos()) {
            throw new IllegalArgumentException("blocks with XOR2 chunks are not shipped: Thanos 0.42 cannot read them;"
                    + " use FloatEncoding.XOR, or withShipUnreadableByThanos(true) if all readers of the bucket can");
        }
        if (bucketReader != null && !bucketReader.isRaw()) {
            throw new IllegalArgumentException("a store's bucket reader must read raw samples, not downsampled ones");
        }
        return StoreOpening.open(this);
    }
}
