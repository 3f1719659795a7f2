package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.index.LabelIndex;
import dev.cairndb.index.Labels;
import dev.cairndb.io.ByteWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What an image leaves out, as the records do. */
class HeadImageWriterTest {
    private static byte[] packed(String n) {
        return Labels.of("__name__", "m", "n", n).packed();
    }

    private static int countOf(LabelIndex postings, String name, String value) throws IOException {
        return postings.postings(name.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8))
                .cardinality();
    }

    /** Another program that goes on with the directory may give its reference to another series. */
    @Test
    void aSeriesThatTheLogDoesNotHaveIsLeftOut() throws IOException {
        byte[] image;
        try (HeadImages.Filled head = new HeadImages.Filled()) {
            head.replay.series(1, packed("1"), 0, packed("1").length);
            head.state.registry.endRestoring();
            head.state.registry.skipRefsUpTo(1);
            assertEquals(1, head.state.registry.resolve(packed("2"), 0, packed("2").length, true));
            head.state.rows.setFlag(head.state.registry.resolve(packed("3"), 0, packed("3").length, true), Rows.LOGGED);
            assertEquals(3, head.state.registry.active());
            image = head.image(new ByteWriter(16));
        }
        try (HeadImages.Filled head = new HeadImages.Filled().read(image)) {
            SeriesRegistry registry = head.state.registry;
            assertEquals(2, registry.active());
            assertEquals(RefIndex.ABSENT, head.replay.slotOf(2));
            assertEquals(SeriesRegistry.ABSENT, registry.resolve(packed("2"), 0, packed("2").length, false));
            assertEquals(2, registry.resolve(packed("3"), 0, packed("3").length, false));
            assertEquals(2, countOf(registry.postings(), "__name__", "m"));
            assertEquals(0, countOf(registry.postings(), "n", "2"));
            assertEquals(1, countOf(registry.postings(), "n", "3"));
            registry.endRestoring();
            registry.skipRefsUpTo(3);
            assertEquals(1, registry.resolve(packed("4"), 0, packed("4").length, true), "the slot is free");
        }
    }

    /** A reader would refuse it as one that asks for more memory than it is worth. */
    @Test
    void ofAHeadThatIsMostlyOfSuchSeriesThereIsNone() throws IOException {
        try (HeadImages.Filled head = new HeadImages.Filled()) {
            head.replay.series(1, packed("1"), 0, packed("1").length);
            head.state.registry.endRestoring();
            head.state.registry.skipRefsUpTo(1);
            for (int n = 0; n < 1_025; n++) {
                assertEquals(n + 1, head.state.registry.resolve(packed("x" + n), 0, packed("x" + n).length, true));
            }
            assertEquals(
                    1,
                    new HeadImages.Filled()
                            .read(head.image(new ByteWriter(16)))
                            .state
                            .registry
                            .active());
            byte[] last = packed("last");
            assertEquals(1_026, head.state.registry.resolve(last, 0, last.length, true));
            assertEquals(0, head.image(new ByteWriter(16)).length);
        }
    }
}
