package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TagTableTest {
    private final AtomicLong bytes = new AtomicLong();
    private final TagTable table = new TagTable(bytes);
    private final Random random = new Random(7);

    @Test
    void aTableThatGrowsAndShrinksIsAMap() {
        Map<Integer, Object> model = new HashMap<>();
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 60_000; i++) {
                addOne(model, random.nextInt());
            }
            check(model);
            assertEquals(table.sizeBytes(), bytes.get());
            for (int tag : Set.copyOf(model.keySet())) {
                if (random.nextInt(20) != 0) {
                    removeOne(model, tag);
                }
            }
            check(model);
            assertEquals(table.sizeBytes(), bytes.get());
        }
        assertTrue(table.sizeBytes() < 300_000, () -> table.sizeBytes() + " bytes");
        Set.copyOf(model.keySet()).forEach(tag -> removeOne(model, tag));
        assertTrue(table.isEmpty());
        table.discard();
        assertEquals(0, bytes.get());
    }

    private void addOne(Map<Integer, Object> model, int tag) {
        TagSegment segment = table.segment(tag);
        int index = segment.indexOf(tag);
        assertEquals(model.containsKey(tag), index >= 0);
        if (index >= 0) {
            return;
        }
        if (random.nextBoolean()) {
            table.add(tag, (tag & 0xFFFF) + 1);
            model.put(tag, (tag & 0xFFFF) + 1);
        } else {
            Object object = "object of " + tag;
            table.addObject(tag, object);
            model.put(tag, object);
        }
    }

    private void removeOne(Map<Integer, Object> model, int tag) {
        TagSegment segment = table.segment(tag);
        segment.remove(segment.indexOf(tag));
        table.shrink(segment);
        model.remove(tag);
    }

    private void check(Map<Integer, Object> model) {
        model.forEach((tag, value) -> {
            TagSegment segment = table.segment(tag);
            assertEquals(value, valueOf(segment, segment.slot(segment.indexOf(tag))));
        });
        Map<Integer, Object> walked = new HashMap<>();
        TagSegment segment;
        for (long tag = 0; tag < TagTable.TAGS_END; tag = segment.tagEnd()) {
            segment = table.segmentFrom(tag);
            for (int i = 0; i < segment.slots(); i++) {
                long slot = segment.slot(i);
                if (TagSegment.isLive(slot)) {
                    assertFalse(walked.containsKey(TagSegment.tag(slot)));
                    walked.put(TagSegment.tag(slot), valueOf(segment, slot));
                }
            }
        }
        assertEquals(model, walked);
    }

    private static Object valueOf(TagSegment segment, long slot) {
        int payload = TagSegment.payload(slot);
        return payload > 0 ? (Object) payload : segment.object(slot);
    }

    @Test
    void aWalkMeetsWhatStaysOnceWhileSegmentsAreSplit() {
        Set<Integer> stays = new HashSet<>();
        for (int i = 0; i < 20_000; i++) {
            int tag = random.nextInt();
            if (stays.add(tag)) {
                table.add(tag, 1);
            }
        }
        Set<Integer> met = new HashSet<>();
        TagSegment segment;
        for (long at = 0; at < TagTable.TAGS_END; at = segment.tagEnd()) {
            segment = table.segmentFrom(at);
            for (int i = 0; i < segment.slots(); i++) {
                if (TagSegment.isLive(segment.slot(i)) && TagSegment.payload(segment.slot(i)) == 1) {
                    assertTrue(met.add(TagSegment.tag(segment.slot(i))), "met twice");
                }
            }
            for (int i = 0; i < 20_000; i++) {
                table.add(random.nextInt(), 2);
            }
        }
        assertEquals(stays, met);
    }

    @Test
    void tagsWithTheSameUpperBitsFitIn() {
        for (int i = 0; i < 50_000; i++) {
            table.add(0xABCDE000 | i & 0xFFF, i + 1);
        }
        Set<Integer> found = new HashSet<>();
        TagSegment segment = table.segment(0xABCDE123);
        int index = segment.firstIndex(0xABCDE123);
        for (long slot = segment.slot(index); slot != 0; slot = segment.slot(index)) {
            if (TagSegment.tag(slot) == 0xABCDE123) {
                assertTrue(found.add(TagSegment.payload(slot)));
            }
            index = segment.indexAfter(index);
        }
        assertEquals(13, found.size());
    }

    @Test
    void segmentsAreNoHumongousObjects() {
        for (int i = 0; i < 300_000; i++) {
            table.add(random.nextInt(), 1);
        }
        TagSegment segment;
        for (long at = 0; at < TagTable.TAGS_END; at = segment.tagEnd()) {
            segment = table.segmentFrom(at);
            assertTrue(segment.slots() <= TagTable.SEGMENT_SLOTS_MAX);
        }
        assertTrue(bytes.get() < 300_000 * 18, () -> bytes.get() + " bytes");
    }
}
