package dev.cairndb.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** The content of a file: what the program sees, what is durable, and the changes between the two. Not thread-safe. */
final class FileNode extends Node {
    private static final int SECTOR_SIZE_BYTES = 512;

    private final Image live;
    private Image durable;
    private final List<Change> unsynced = new ArrayList<>();
    private long changes;

    FileNode() {
        this(new byte[0]);
    }

    /** A file whose content is durable. */
    FileNode(byte[] content) {
        live = new Image(content);
        durable = live.copy();
    }

    private FileNode(FileNode other) {
        live = other.live.copy();
        durable = other.durable.copy();
        unsynced.addAll(other.unsynced);
        changes = other.changes;
    }

    /** A twin with the same history. */
    FileNode copy() {
        return new FileNode(this);
    }

    Image live() {
        return live;
    }

    void write(int position, byte[] source, int offset, int length) {
        byte[] bytes = new byte[length];
        System.arraycopy(source, offset, bytes, 0, length);
        change(new Change(++changes, position, bytes));
    }

    void truncate(int size) {
        change(new Change(++changes, size, null));
    }

    /** Number of the last change that was handed over. */
    long lastChange() {
        return changes;
    }

    /** What a sync does that began when {@code lastChange} was the last one. */
    void syncThrough(long lastChange) {
        int count = 0;
        while (count < unsynced.size() && unsynced.get(count).number <= lastChange) {
            unsynced.get(count++).applyTo(durable);
        }
        unsynced.subList(0, count).clear();
    }

    /** What a failed sync does: the system forgets that the changes still have to be written; some may have been. */
    void failSync(Random random) {
        durable = survivors(random);
        unsynced.clear();
    }

    /** Whether the first bytes of the file, as they are now, are durable. */
    boolean isDurableUpTo(int size) {
        byte[] bytes = live.toByteArray();
        byte[] kept = durable.toByteArray();
        return kept.length >= size && Arrays.equals(bytes, 0, size, kept, 0, size);
    }

    /** What is found after a power cut. */
    Image survivors(Random random) {
        if (unsynced.isEmpty()) {
            return durable.copy();
        }
        return switch (random.nextInt(8)) {
            case 0 -> durable.copy();
            case 1 -> live.copy();
            case 2 -> onlyLength();
            case 3, 4 -> prefix(random);
            default -> sectors(random);
        };
    }

    private void change(Change change) {
        unsynced.add(change);
        change.applyTo(live);
    }

    /** The file grew, but nothing of what was written has arrived. */
    private Image onlyLength() {
        Image result = durable.copy();
        result.resize(Math.max(result.size(), live.size()));
        return result;
    }

    /** Changes arrived in order, and the last of them in part. */
    private Image prefix(Random random) {
        Image result = durable.copy();
        int whole = random.nextInt(unsynced.size());
        for (int i = 0; i < whole; i++) {
            unsynced.get(i).applyTo(result);
        }
        unsynced.get(whole).applyPartTo(result, random);
        return result;
    }

    /** Each sector arrived in any of the states it had; the length is any the file had, or between. */
    private Image sectors(Random random) {
        Image result = durable.copy();
        Image now = durable.copy();
        int percent = new int[] {10, 50, 90}[random.nextInt(3)];
        List<Integer> sizes = new ArrayList<>(List.of(durable.size()));
        for (Change change : unsynced) {
            int before = now.size();
            change.applyTo(now);
            sizes.add(now.size());
            int end = Math.max(change.end(), before);
            for (int sector = change.position / SECTOR_SIZE_BYTES; sector * SECTOR_SIZE_BYTES < end; sector++) {
                if (random.nextInt(100) < percent) {
                    result.takeOver(now, sector * SECTOR_SIZE_BYTES, (sector + 1) * SECTOR_SIZE_BYTES);
                }
            }
        }
        result.resize(random.nextInt(3) == 0 ? sizeBetween(sizes, random) : sizes.get(random.nextInt(sizes.size())));
        return result;
    }

    private static int sizeBetween(List<Integer> sizes, Random random) {
        int min = sizes.stream().mapToInt(Integer::intValue).min().orElse(0);
        int max = sizes.stream().mapToInt(Integer::intValue).max().orElse(0);
        int size = (min + random.nextInt(max - min + 1)) / SECTOR_SIZE_BYTES * SECTOR_SIZE_BYTES;
        return Math.max(min, size);
    }

    private static final class Change {
        final long number;
        final int position;
        /** What was written at the position; null if the file was cut there. */
        final byte @Nullable [] bytes;

        Change(long number, int position, byte @Nullable [] bytes) {
            this.number = number;
            this.position = position;
            this.bytes = bytes;
        }

        int end() {
            return bytes == null ? position : position + bytes.length;
        }

        void applyTo(Image image) {
            if (bytes == null) {
                image.resize(position);
            } else {
                image.write(position, bytes, 0, bytes.length);
            }
        }

        void applyPartTo(Image image, Random random) {
            if (bytes != null) {
                image.write(position, bytes, 0, random.nextInt(bytes.length + 1));
            }
        }
    }
}
