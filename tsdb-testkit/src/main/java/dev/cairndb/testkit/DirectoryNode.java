package dev.cairndb.testkit;

import java.util.TreeMap;

/** The names in a directory: those the program sees, and those that a power cut cannot take back. */
final class DirectoryNode extends Node {
    final TreeMap<String, Node> live = new TreeMap<>();
    final TreeMap<String, Node> durable = new TreeMap<>();
}
