package dev.cairndb.interop;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As {@link KilledReceiverTest}; a class of its own because each takes as long as many others. */
@Tag("interop")
class KilledReceiverWithoutSyncTest {
    @TempDir
    Path scratch;

    @Test
    void losesNothingAcknowledgedHoweverOftenItIsKilled() throws IOException {
        new KilledReceiver(scratch, "os").losesNothingAcknowledged();
    }
}
