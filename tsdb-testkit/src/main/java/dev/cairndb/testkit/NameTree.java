package dev.cairndb.testkit;

import dev.cairndb.testkit.NameChange.Slot;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** The directories of a {@link CrashingStorage} and the changes in them that were not synced. Not thread-safe. */
final class NameTree {
    private final DirectoryNode root;
    private final List<NameChange> unsynced = new ArrayList<>();

    NameTree() {
        this(new DirectoryNode());
    }

    private NameTree(DirectoryNode root) {
        this.root = root;
    }

    private static List<String> names(Path path) {
        List<String> names = new ArrayList<>();
        for (Path name : path.normalize()) {
            if (!name.toString().isEmpty()) {
                names.add(name.toString());
            }
        }
        return names;
    }

    @Nullable
    Node nodeAt(Path path) {
        Node node = root;
        for (String name : names(path)) {
            node = node instanceof DirectoryNode directory ? directory.live.get(name) : null;
            if (node == null) {
                return null;
            }
        }
        return node;
    }

    FileNode fileAt(Path path) throws IOException {
        Node node = nodeAt(path);
        if (node == null) {
            throw new NoSuchFileException(path.toString());
        }
        if (!(node instanceof FileNode file)) {
            throw new FileSystemException(path.toString(), null, "Is a directory");
        }
        return file;
    }

    DirectoryNode directoryAt(Path path) throws IOException {
        Node node = nodeAt(path);
        if (node == null) {
            throw new NoSuchFileException(path.toString());
        }
        if (!(node instanceof DirectoryNode directory)) {
            throw new NotDirectoryException(path.toString());
        }
        return directory;
    }

    Slot slotAt(Path path) throws IOException {
        List<String> names = names(path);
        if (names.isEmpty()) {
            throw new FileSystemException(path.toString(), null, "Is the root");
        }
        DirectoryNode parent = root;
        for (String name : names.subList(0, names.size() - 1)) {
            Node child = parent.live.get(name);
            if (!(child instanceof DirectoryNode directory)) {
                throw new NoSuchFileException(path.toString());
            }
            parent = directory;
        }
        return new Slot(parent, names.get(names.size() - 1));
    }

    /** Lets the program see a change, which the next sync of its directory makes durable. */
    void change(NameChange change) {
        Slot vacated = change.vacated();
        if (vacated != null) {
            vacated.directory().live.remove(vacated.name());
        }
        if (change.present()) {
            change.slot().directory().live.put(change.slot().name(), change.subject());
        } else {
            change.slot().directory().live.remove(change.slot().name());
        }
        unsynced.add(change);
    }

    static void checkReplaceable(Path target, Node moved, Node replaced) throws IOException {
        if (replaced instanceof DirectoryNode directory) {
            if (!directory.live.isEmpty()) {
                throw new DirectoryNotEmptyException(target.toString());
            }
            if (moved instanceof FileNode) {
                throw new FileSystemException(target.toString(), null, "Is a directory");
            }
        } else if (moved instanceof DirectoryNode) {
            throw new FileSystemException(target.toString(), null, "Not a directory");
        }
    }

    void addDirectories(Path directory) throws IOException {
        DirectoryNode parent = root;
        for (String name : names(directory)) {
            Node child = parent.live.get(name);
            if (child == null) {
                child = new DirectoryNode();
                change(new NameChange(new Slot(parent, name), child, true, null));
            }
            if (!(child instanceof DirectoryNode next)) {
                throw new FileAlreadyExistsException(directory.toString());
            }
            parent = next;
        }
    }

    void addDurableDirectories(Path directory) throws IOException {
        DirectoryNode parent = root;
        for (String name : names(directory)) {
            Node child = parent.live.get(name);
            if (child == null) {
                child = new DirectoryNode();
                parent.live.put(name, child);
            }
            if (!(child instanceof DirectoryNode next)) {
                throw new FileAlreadyExistsException(directory.toString());
            }
            parent.durable.put(name, child);
            parent = next;
        }
    }

    void addDurableFile(Path path, byte[] content) throws IOException {
        Slot slot = slotAt(path);
        if (slot.directory().live.containsKey(slot.name())) {
            throw new FileAlreadyExistsException(path.toString());
        }
        FileNode node = new FileNode(content);
        slot.directory().live.put(slot.name(), node);
        slot.directory().durable.put(slot.name(), node);
    }

    /** Makes the changes in a directory durable, and those elsewhere that they depend on. */
    void sync(Path path) throws IOException {
        DirectoryNode directory = directoryAt(path);
        List<NameChange> due = new ArrayList<>();
        List<NameChange> rest = new ArrayList<>();
        for (int i = unsynced.size() - 1; i >= 0; i--) {
            NameChange change = unsynced.get(i);
            boolean isDue = change.isIn(directory) || due.stream().anyMatch(later -> later.dependsOn(change));
            (isDue ? due : rest).add(change);
        }
        Collections.reverse(due);
        Collections.reverse(rest);
        due.forEach(NameChange::applyToDurable);
        unsynced.clear();
        unsynced.addAll(rest);
    }

    /** Lets the program see what is durable and, of what is not, what chance leaves. */
    void cutPower(Random random) {
        int percent = new int[] {0, 30, 60, 90, 100}[random.nextInt(5)];
        List<NameChange> lost = new ArrayList<>();
        for (NameChange change : unsynced) {
            if (random.nextInt(100) < percent && lost.stream().noneMatch(change::dependsOn)) {
                change.applyToDurable();
            } else {
                lost.add(change);
            }
        }
        unsynced.clear();
        settle(root, random, new HashMap<>());
    }

    private static void settle(DirectoryNode directory, Random random, Map<Node, Node> settled) {
        directory.live.clear();
        for (Map.Entry<String, Node> child : directory.durable.entrySet()) {
            if (child.getValue() instanceof FileNode file) {
                child.setValue(settled.computeIfAbsent(
                        file, key -> new FileNode(file.survivors(random).toByteArray())));
            } else if (child.getValue() instanceof DirectoryNode inner) {
                settle(inner, random, settled);
            }
            directory.live.put(child.getKey(), child.getValue());
        }
    }

    /** A twin with the same history. */
    NameTree copy() {
        IdentityHashMap<Node, Node> twins = new IdentityHashMap<>();
        NameTree copy = new NameTree((DirectoryNode) twin(root, twins));
        for (NameChange change : unsynced) {
            Slot vacated = change.vacated();
            copy.unsynced.add(new NameChange(
                    twin(change.slot(), twins),
                    twin(change.subject(), twins),
                    change.present(),
                    vacated == null ? null : twin(vacated, twins)));
        }
        return copy;
    }

    private static Slot twin(Slot slot, IdentityHashMap<Node, Node> twins) {
        return new Slot((DirectoryNode) twin(slot.directory(), twins), slot.name());
    }

    private static Node twin(Node node, IdentityHashMap<Node, Node> twins) {
        Node known = twins.get(node);
        if (known != null) {
            return known;
        }
        if (node instanceof FileNode file) {
            FileNode copy = file.copy();
            twins.put(node, copy);
            return copy;
        }
        DirectoryNode directory = (DirectoryNode) node;
        DirectoryNode copy = new DirectoryNode();
        twins.put(node, copy);
        directory.live.forEach((name, child) -> copy.live.put(name, twin(child, twins)));
        directory.durable.forEach((name, child) -> copy.durable.put(name, twin(child, twins)));
        return copy;
    }

    /** Lists a directory with all in it as it shall be under {@code target}; directories have no content. */
    void collect(Path path, Path target, Map<Path, byte @Nullable []> entries) throws IOException {
        collectFrom(directoryAt(path), target, entries);
    }

    private static void collectFrom(DirectoryNode directory, Path target, Map<Path, byte @Nullable []> entries) {
        entries.put(target, null);
        for (Map.Entry<String, Node> child : directory.live.entrySet()) {
            Path path = target.resolve(child.getKey());
            if (child.getValue() instanceof DirectoryNode inner) {
                collectFrom(inner, path, entries);
            } else if (child.getValue() instanceof FileNode file) {
                entries.put(path, file.live().toByteArray());
            }
        }
    }
}
