package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingLoadTest {
    @TempDir
    Path folder;

    @Test
    void sendsSamplesInBothVersions() throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(folder, "--label=replica=\"a\"")) {
            TrainingLoad.main(
                    new String[] {receiver.write(RunningReceiver.RECEIVE).toString(), "2"});
            assertEquals(
                    "{\"status\":\"success\",\"data\":[\"training-V1\",\"training-V2\"]}",
                    receiver.get(receiver.admin("/api/v1/label/job/values"))
                            .body()
                            .strip());
            String metrics = receiver.get(receiver.admin("/metrics")).body();
            assertTrue(
                    metrics.contains(
                            "prometheus_tsdb_head_samples_appended_total{tenant=\"default-tenant\",type=\"float\"} 40000"),
                    metrics);
        }
    }

    @Test
    void failsWhereItIsNotTaken() throws Exception {
        try (RunningReceiver receiver = RunningReceiver.start(folder, "--label=replica=\"a\"")) {
            ExecutionException failed = assertThrows(
                    ExecutionException.class,
                    () -> TrainingLoad.main(
                            new String[] {receiver.write("/nowhere").toString(), "1"}));
            assertTrue(failed.getMessage().contains("/nowhere answered 404"), failed.getMessage());
        }
    }
}
