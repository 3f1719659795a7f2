package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.io.Snappy;
import dev.cairndb.remote.MetricType;
import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.remote.RemoteWriteVersion;
import org.junit.jupiter.api.Test;

class NaiveLoopTest {
    private static final int SERIES = 40_000;

    /** Else it would do less than it is said to, and every store look bad beside it. */
    @Test
    void itFindsEachSeriesAgainInBothVersions() throws Exception {
        for (RemoteWriteVersion version : RemoteWriteVersion.values()) {
            NaiveLoop loop = new NaiveLoop(version);
            for (int round = 0; round < 3; round++) {
                RemoteWriteEncoder encoder = new RemoteWriteEncoder(version);
                for (int series = 0; series < SERIES; series++) {
                    encoder.startSeries().label("__name__", "m" + series % 7).label("number", "n" + series);
                    if (version == RemoteWriteVersion.V2) {
                        encoder.metadata(MetricType.GAUGE, "", "");
                    }
                    encoder.sample(1_700_000_000_000L + round, series).sample(1_700_000_001_000L + round, round);
                    encoder.endSeries();
                }
                encoder.finish();
                byte[] message = new byte[Snappy.uncompressedSizeBytes(encoder.body(), 0, encoder.bodySize())];
                int length = Snappy.decompress(encoder.body(), 0, encoder.bodySize(), message, 0, message.length);
                assertEquals(2 * SERIES, loop.take(message, length));
                assertEquals(SERIES, loop.seriesCount());
            }
        }
    }
}
