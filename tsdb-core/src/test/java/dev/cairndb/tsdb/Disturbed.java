package dev.cairndb.tsdb;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.MappedFile;
import dev.cairndb.io.ReadFile;
import dev.cairndb.io.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Another storage, with something happening before a file is read. */
record Disturbed(Storage files, Before before) implements Storage {
    interface Before {
        void reading(Path file) throws IOException;

        default void listing(Path directory) throws IOException {}
    }

    @Override
    public AppendFile create(Path file) throws IOException {
        return files.create(file);
    }

    @Override
    public AppendFile append(Path file) throws IOException {
        return files.append(file);
    }

    @Override
    public ReadFile open(Path file) throws IOException {
        before.reading(file);
        return files.open(file);
    }

    @Override
    public MappedFile map(Path file) throws IOException {
        before.reading(file);
        return files.map(file);
    }

    @Override
    public byte[] readAll(Path file) throws IOException {
        before.reading(file);
        return files.readAll(file);
    }

    @Override
    public boolean exists(Path path) throws IOException {
        return files.exists(path);
    }

    @Override
    public boolean isDirectory(Path path) throws IOException {
        return files.isDirectory(path);
    }

    @Override
    public long size(Path file) throws IOException {
        return files.size(file);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        before.listing(directory);
        return files.list(directory);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        files.createDirectories(directory);
    }

    @Override
    public void rename(Path source, Path target) throws IOException {
        files.rename(source, target);
    }

    @Override
    public void delete(Path path) throws IOException {
        files.delete(path);
    }

    @Override
    public void deleteRecursively(Path directory) throws IOException {
        files.deleteRecursively(directory);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        files.syncDirectory(directory);
    }

    @Override
    public Closeable lock(Path file) throws IOException {
        return files.lock(file);
    }

    @Override
    public long usableBytes(Path path) throws IOException {
        return files.usableBytes(path);
    }
}
