package dev.cairndb.objstore;

/** Placeholder. */
public record ObjectKey(String value) {}
