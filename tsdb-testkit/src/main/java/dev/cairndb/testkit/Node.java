package dev.cairndb.testkit;

/** What a name in a {@link CrashingStorage} stands for; it lives on under no name while it is open. */
abstract sealed class Node permits FileNode, DirectoryNode {}
