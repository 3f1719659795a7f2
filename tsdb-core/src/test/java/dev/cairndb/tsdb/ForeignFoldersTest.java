package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.GoldenData;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.FolderBytes;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Folders that a store does not have hinder nothing, whether they can be listed or not. */
class ForeignFoldersTest {
    private static final String FOREIGN = "lost+found";

    private final GoldenData golden = new GoldenData(ForeignFoldersTest.class);
    private final CrashingStorage files = new CrashingStorage(1);

    ForeignFoldersTest() throws IOException {}

    private static final Disturbed.Before UNREADABLE = new Disturbed.Before() {
        @Override
        public void reading(Path file) {}

        @Override
        public void listing(Path directory) throws IOException {
            if (directory.endsWith(FOREIGN)) {
                throw new AccessDeniedException(directory.toString());
            }
        }
    };

    private static final Disturbed.Before CYCLE = new Disturbed.Before() {
        @Override
        public void reading(Path file) {}

        @Override
        public void listing(Path directory) {
            if (directory.getNameCount() > 20) {
                throw new AssertionError("walks on for ever: " + directory);
            }
        }
    };

    private void addForeign(Path folder) throws IOException {
        Path below = folder.resolve(FOREIGN);
        for (int depth = 0; depth < 25; depth++) {
            below = below.resolve("again");
        }
        files.createDirectories(below);
        try (var file = files.create(folder.resolve(FOREIGN).resolve("file"))) {
            file.write(new byte[100], 0, 100);
        }
    }

    @Test
    void aBlockOpensAndCountsItsOwnFilesAlone() throws IOException {
        for (Path source : golden.folders("blocks")) {
            Path block = DIRECTORY.resolve(String.valueOf(source.getFileName()));
            files.loadFrom(source, block);
            long bytes = FolderBytes.seen(files, block);
            addForeign(block);
            for (Disturbed.Before before : List.of(UNREADABLE, CYCLE)) {
                Block opened = Block.open(new Disturbed(files, before), block);
                assertEquals(bytes, opened.sizeBytes());
                opened.release();
            }
        }
    }

    @Test
    void aCheckPassesOverThem() throws IOException {
        Path source = golden.folders("datadirs").get(0);
        files.loadFrom(source.resolve("data"), DIRECTORY);
        AtomicLong bytes = new AtomicLong();
        CheckReport expected = TsdbCheck.of(DIRECTORY, files).verify(bytes::addAndGet);
        addForeign(DIRECTORY.resolve("wal"));
        AtomicLong unreadable = new AtomicLong();
        CheckReport report =
                TsdbCheck.of(DIRECTORY, new Disturbed(files, UNREADABLE)).verify(unreadable::addAndGet);
        assertEquals(expected.findings(), report.findings());
        assertEquals(expected.logSamples(), report.logSamples());
        assertEquals(bytes.get(), unreadable.get());
        CheckReport deep = TsdbCheck.of(DIRECTORY, new Disturbed(files, CYCLE)).verify();
        assertEquals(expected.logSamples(), deep.logSamples());
    }
}
