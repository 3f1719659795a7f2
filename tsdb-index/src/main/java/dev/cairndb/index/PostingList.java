package dev.cairndb.index;

/** Placeholder: an immutable set of series ids (unsigned 32-bit). */
public final class PostingList {}
