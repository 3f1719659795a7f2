package dev.cairndb.objstore;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * A bucket in a directory: the key is the relative path, as in Thanos' FILESYSTEM bucket, which can be read and written
 * beside this one. Bytes are first written and synced in a folder of its own, {@value #STAGING}, and then renamed (put)
 * or linked (putIfAbsent) to their name, so no half object is ever visible and nothing is overwritten unseen; all
 * folders on the way are synced too. Folders without objects are removed. Symbolic links are not followed in listings.
 *
 * <p>Thread-safe, also against other processes on the same directory. Holds no file open between calls.
 */
public final class FileObjectStore implements ObjectStore {
    private static final String STAGING = ".cairn-staging";
    /** A staged file this old belongs to no running put. */
    private static final Duration STAGED_FILE_AGE_MAX = Duration.ofDays(1);
    /** How often a put starts again because its folder was removed under it with the last other object. */
    private static final int VANISHED_FOLDER_RETRIES_MAX = 100;

    private static final int COPY_BYTES = 64 << 10;

    private final Path root;
    private volatile boolean closed;

    /** Opens a bucket; the directory is made if it does not exist. */
    public FileObjectStore(Path directory) throws ObjectStoreException {
        root = directory.toAbsolutePath().normalize();
        try {
            Files.createDirectories(root.resolve(STAGING));
            removeAbandoned();
        } catch (IOException e) {
            throw failure("cannot open bucket directory", root.toString(), e);
        }
    }

    @Override
    public void put(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        store(key, body, true);
    }

    @Override
    public boolean putIfAbsent(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        return store(key, body, false);
    }

    @Override
    public long size(ObjectKey key) throws ObjectStoreException {
        Path file = fileOf(key);
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (attributes.isRegularFile()) {
                return attributes.size();
            }
            throw new NoSuchFileException(file.toString());
        } catch (IOException e) {
            throw isAbsence(e, file)
                    ? new ObjectNotFoundException(key, e)
                    : failure("cannot read size", key.value(), e);
        }
    }

    @Override
    public int read(ObjectKey key, long offset, ByteBuffer target) throws ObjectStoreException {
        if (offset < 0) {
            throw new IllegalArgumentException("negative offset: " + offset);
        }
        Path file = fileOf(key);
        // A plain file, no channel: an interrupt must not close it in the middle.
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            in.seek(Math.min(offset, in.length()));
            return target.hasArray() ? readIntoArray(in, target) : readThroughCopy(in, target);
        } catch (FileNotFoundException e) {
            // The one exception stands for "no such file", "is a directory" and "permission denied".
            if (!Files.isRegularFile(file)) {
                throw new ObjectNotFoundException(key, e);
            }
            throw failure("cannot read object", key.value(), e);
        } catch (IOException e) {
            throw failure("cannot read object", key.value(), e);
        }
    }

    @Override
    public void list(String prefix, boolean recursive, Consumer<ObjectEntry> sink) throws ObjectStoreException {
        requireOpen();
        String folder = prefix.substring(0, prefix.lastIndexOf('/') + 1);
        if (folder.isEmpty()) {
            walk(root, "", prefix, recursive, sink);
        } else if (ObjectKey.isValid(folder.substring(0, folder.length() - 1)) && !isStaging(folder)) {
            ObjectKey key = ObjectKey.of(folder.substring(0, folder.length() - 1));
            walk(fileOf(key), folder, prefix.substring(folder.length()), recursive, sink);
        }
    }

    @Override
    public void delete(ObjectKey key) throws ObjectStoreException {
        Path file = fileOf(key);
        try {
            if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS) || !Files.deleteIfExists(file)) {
                return;
            }
            syncUpwards(removeEmptyFolders(folderOf(file)));
        } catch (IOException e) {
            if (!isAbsence(e, file)) {
                throw failure("cannot delete object", key.value(), e);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("object store is closed: " + root);
        }
    }

    private Path fileOf(ObjectKey key) throws ObjectStoreException {
        requireOpen();
        if (isStaging(key.value() + '/')) {
            throw new ObjectStoreException("object key in a reserved folder: key=" + key, false, null);
        }
        try {
            return root.resolve(key.value());
        } catch (InvalidPathException e) {
            // A process in a locale without UTF-8 cannot name such a file.
            throw new ObjectStoreException("object key cannot be a file name here: key=" + key, false, e);
        }
    }

    private static Path folderOf(Path file) {
        return Objects.requireNonNull(file.getParent());
    }

    private static boolean isStaging(String folder) {
        return folder.startsWith(STAGING + '/');
    }

    private static ObjectStoreException failure(String what, String key, IOException cause) {
        boolean refused = cause instanceof AccessDeniedException
                || cause instanceof FileAlreadyExistsException
                || cause instanceof AtomicMoveNotSupportedException
                || cause instanceof NotDirectoryException
                || cause instanceof DirectoryNotEmptyException;
        return new ObjectStoreException(what + ": " + cause + ", key=" + key, !refused, cause);
    }

    /** A file in the place of a folder also means that the key behind it does not exist. */
    private boolean isAbsence(IOException e, Path path) {
        boolean absent = e instanceof NoSuchFileException || e instanceof NotDirectoryException;
        for (Path at = path.getParent(); !absent && at != null && at.startsWith(root); at = at.getParent()) {
            absent = Files.isRegularFile(at);
        }
        return absent;
    }

    // ---- writing

    private boolean store(ObjectKey key, ObjectBody body, boolean replace) throws ObjectStoreException {
        Path target = fileOf(key);
        if (!replace && Files.isRegularFile(target)) {
            return false;
        }
        Path staged = root.resolve(STAGING).resolve(UUID.randomUUID().toString());
        try {
            stage(key, body, staged);
            return publish(staged, target, replace);
        } catch (ObjectStoreException e) {
            throw e;
        } catch (IOException e) {
            throw failure("cannot store object", key.value(), e);
        } finally {
            try {
                Files.deleteIfExists(staged);
            } catch (IOException e) {
                // It stays behind, invisible, and goes with the other abandoned ones.
            }
        }
    }

    private void stage(ObjectKey key, ObjectBody body, Path staged) throws IOException {
        long length = body.length();
        Files.createDirectories(folderOf(staged));
        try (RandomAccessFile out = new RandomAccessFile(staged.toFile(), "rw")) {
            byte[] buffer = new byte[(int) Math.max(1, Math.min(COPY_BYTES, length))];
            long written = 0;
            try (InputStream in = openBody(key, body)) {
                for (int count; (count = readBody(key, in, buffer)) >= 0; ) {
                    written += count;
                    if (written > length) {
                        break;
                    }
                    out.write(buffer, 0, count);
                }
            }
            if (written != length) {
                String found = written > length ? "more" : Long.toString(written);
                throw new ObjectStoreException(
                        "body length differs: found=" + found + ", expected=" + length + ", key=" + key, false, null);
            }
            out.getFD().sync();
        }
    }

    private static InputStream openBody(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        try {
            return body.open();
        } catch (IOException e) {
            throw new ObjectStoreException("cannot read the body of an object: key=" + key, false, e);
        }
    }

    private static int readBody(ObjectKey key, InputStream in, byte[] buffer) throws ObjectStoreException {
        try {
            return in.read(buffer);
        } catch (IOException e) {
            throw new ObjectStoreException("cannot read the body of an object: key=" + key, false, e);
        }
    }

    /** Gives staged bytes their name; false if the name is taken and must not be replaced. */
    private boolean publish(Path staged, Path target, boolean replace) throws IOException {
        Path folder = folderOf(target);
        for (int attempt = 1; ; attempt++) {
            try {
                createFolders(folder);
                if (replace) {
                    Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                } else {
                    Files.createLink(target, staged);
                }
                syncUpwards(folder);
                return true;
            } catch (FileAlreadyExistsException e) {
                if (replace || Files.isDirectory(target) || !target.toString().equals(e.getFile())) {
                    throw e;
                }
                return false;
            } catch (NoSuchFileException e) {
                if (attempt == VANISHED_FOLDER_RETRIES_MAX) {
                    throw e;
                }
            } catch (UnsupportedOperationException e) {
                throw new ObjectStoreException("this file system cannot create a file only if absent", false, e);
            }
        }
    }

    /** @throws NoSuchFileException if one of them was removed again meanwhile */
    private static void createFolders(Path folder) throws IOException {
        try {
            Files.createDirectories(folder);
        } catch (FileAlreadyExistsException e) {
            // Thrown for a file in the way, and for a folder that is gone when the JDK looks what it is.
            Path found = Path.of(e.getFile());
            if (Files.exists(found) && !Files.isDirectory(found)) {
                throw e;
            }
            NoSuchFileException removed = new NoSuchFileException(e.getFile());
            removed.initCause(e);
            throw removed;
        }
    }

    /** Syncs folders up to the root: those above may have been made by another put that has not synced them yet. */
    private void syncUpwards(Path folder) throws IOException {
        for (Path at = folder; at != null && at.startsWith(root); at = at.getParent()) {
            syncFolder(at);
        }
    }

    private static void syncFolder(Path folder) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                    channel.force(true);
                    return;
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                } catch (NoSuchFileException e) {
                    return; // removed since, by whoever deleted the last object in it
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns the first folder on the way up that is kept. */
    private Path removeEmptyFolders(Path folder) throws IOException {
        for (Path at = folder; at != null && !at.equals(root); at = at.getParent()) {
            try {
                Files.deleteIfExists(at);
            } catch (DirectoryNotEmptyException e) {
                return at;
            }
        }
        return root;
    }

    /** The clock that dates the files, which is another machine's on a network file system. */
    private Instant fileSystemTime() throws IOException {
        Path probe = root.resolve(STAGING).resolve(UUID.randomUUID().toString());
        Files.createFile(probe);
        try {
            return Files.getLastModifiedTime(probe).toInstant();
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    private void removeAbandoned() throws IOException {
        Instant limit = fileSystemTime().minus(STAGED_FILE_AGE_MAX);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(root.resolve(STAGING))) {
            for (Path file : files) {
                try {
                    if (Files.getLastModifiedTime(file).toInstant().isBefore(limit)) {
                        Files.deleteIfExists(file);
                    }
                } catch (NoSuchFileException e) {
                    // its put has just ended
                }
            }
        }
    }

    // ---- reading

    private static int readIntoArray(RandomAccessFile in, ByteBuffer target) throws IOException {
        int total = readFully(in, target.array(), target.arrayOffset() + target.position(), target.remaining());
        target.position(target.position() + total);
        return total;
    }

    private static int readThroughCopy(RandomAccessFile in, ByteBuffer target) throws IOException {
        byte[] copy = new byte[Math.min(COPY_BYTES, target.remaining())];
        int total = 0;
        while (target.hasRemaining()) {
            int count = readFully(in, copy, 0, Math.min(copy.length, target.remaining()));
            if (count == 0) {
                break;
            }
            target.put(copy, 0, count);
            total += count;
        }
        return total;
    }

    private static int readFully(RandomAccessFile in, byte[] bytes, int offset, int length) throws IOException {
        int total = 0;
        while (total < length) {
            int count = in.read(bytes, offset + total, length - total);
            if (count < 0) {
                break;
            }
            total += count;
        }
        return total;
    }

    private void walk(Path folder, String name, String childPrefix, boolean recursive, Consumer<ObjectEntry> sink)
            throws ObjectStoreException {
        SortedFolder children = new SortedFolder(folder, childPrefix, name.isEmpty() ? STAGING : "");
        while (true) {
            SortedFolder.Child child;
            try {
                child = children.next();
            } catch (IOException e) {
                if (isAbsence(e, folder)) {
                    return;
                }
                throw failure("cannot list", name, e);
            }
            if (child == null) {
                return;
            }
            String childName = name + child.sortName();
            if (!child.isFolder()) {
                sink.accept(new ObjectEntry(childName, child.sizeBytes()));
            } else if (recursive) {
                walk(folder.resolve(child.name()), childName, "", true, sink);
            } else if (holdsAnObject(folder.resolve(child.name()), childName)) {
                sink.accept(ObjectEntry.folder(childName));
            }
        }
    }

    /** An empty folder is left when a process dies between making it and putting something there: it does not exist. */
    private boolean holdsAnObject(Path folder, String name) throws ObjectStoreException {
        try {
            walk(folder, name, "", true, entry -> {
                throw new FoundException();
            });
            return false;
        } catch (FoundException e) {
            return true;
        }
    }

    /** Ends a walk at its first object. */
    private static final class FoundException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        FoundException() {
            super(null, null, false, false);
        }
    }
}
