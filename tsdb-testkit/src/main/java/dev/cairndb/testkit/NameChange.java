package dev.cairndb.testkit;

import org.jspecify.annotations.Nullable;

/**
 * One step in a directory that was not synced yet. A rename gives a name and vacates another in one step.
 *
 * @param slot the name that was given or taken
 * @param subject the file or directory concerned
 * @param present whether {@code slot} stands for {@code subject} afterwards; else for nothing
 * @param vacated for a rename, the name that stands for nothing afterwards
 */
record NameChange(
        Slot slot, Node subject, boolean present, @Nullable Slot vacated) {
    /** A place for a name; directories are compared by identity. */
    record Slot(DirectoryNode directory, String name) {}

    void applyToDurable() {
        if (vacated != null) {
            vacated.directory().durable.remove(vacated.name());
        }
        if (present) {
            slot.directory().durable.put(slot.name(), subject);
        } else {
            slot.directory().durable.remove(slot.name());
        }
    }

    boolean isIn(DirectoryNode directory) {
        return slot.directory() == directory || vacated != null && vacated.directory() == directory;
    }

    /** Whether the order of the two can be seen: such a pair is made durable in order or not at all. */
    boolean dependsOn(NameChange earlier) {
        return subject == earlier.subject || earlier.concerns(slot) || vacated != null && earlier.concerns(vacated);
    }

    private boolean concerns(Slot other) {
        return slot.equals(other) || other.equals(vacated);
    }
}
