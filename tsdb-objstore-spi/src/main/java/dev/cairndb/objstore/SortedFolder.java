package dev.cairndb.objstore;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The children of a directory in key order, a page at a time: each page is one pass over the directory that keeps the
 * smallest names not shown yet. Memory stays bounded whatever the size of the directory, at the cost of a pass for
 * every {@value #PAGE} names. Not thread-safe.
 */
final class SortedFolder {
    static final int PAGE = 4096;

    /** @param sortName the name as it appears in keys: a folder's ends with a slash, which decides its place */
    record Child(String name, String sortName, boolean isFolder, long sizeBytes) {}

    private static final Comparator<Child> LARGEST_FIRST =
            (left, right) -> Utf8Order.compare(right.sortName(), left.sortName());

    private final Path folder;
    private final String prefix;
    private final String hidden;
    private final ArrayDeque<Child> page = new ArrayDeque<>();
    private @Nullable String last;
    private boolean lastPage;

    SortedFolder(Path folder, String prefix, String hidden) {
        this.folder = folder;
        this.prefix = prefix;
        this.hidden = hidden;
    }

    @Nullable
    Child next() throws IOException {
        if (page.isEmpty() && !lastPage) {
            loadPage();
        }
        Child child = page.poll();
        if (child != null) {
            last = child.sortName();
        }
        return child;
    }

    private void loadPage() throws IOException {
        PriorityQueue<Child> smallest = new PriorityQueue<>(LARGEST_FIRST);
        lastPage = true;
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder)) {
            for (Path path : paths) {
                Child child = candidate(path);
                if (child == null) {
                    continue;
                }
                smallest.add(child);
                if (smallest.size() > PAGE) {
                    smallest.poll();
                    lastPage = false;
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        for (Child child; (child = smallest.poll()) != null; ) {
            page.addFirst(child);
        }
    }

    private @Nullable Child candidate(Path path) throws IOException {
        String name = path.getFileName().toString();
        boolean shown = last != null && Utf8Order.compare(name + '/', last) <= 0;
        if (shown || !name.startsWith(prefix) || name.equals(hidden) || !ObjectKey.isValid(name)) {
            return null;
        }
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return null;
        }
        Child child = attributes.isDirectory()
                ? new Child(name, name + '/', true, 0)
                : attributes.isRegularFile() ? new Child(name, name, false, attributes.size()) : null;
        return child == null || (last != null && Utf8Order.compare(child.sortName(), last) <= 0) ? null : child;
    }
}
