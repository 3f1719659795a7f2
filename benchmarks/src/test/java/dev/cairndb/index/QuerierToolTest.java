package dev.cairndb.index;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The cases of the benchmark of selections, on fewer series: what they find is what a plain filter finds. */
class QuerierToolTest {
    @Test
    void everyCaseFindsWhatAPlainFilterFindsInAHeadAndInABlock() throws IOException {
        new QuerierTool(new QuerierSeries(300), Map.of()).run(false);
    }
}
