package dev.cairndb.tsdb.admin;

/**
 * What is wrong with a block in a bucket.
 *
 * @param ulid the block
 * @param object in its folder, empty for the block as a whole
 * @param problem what was found, and what should be there
 */
public record BucketFinding(String ulid, String object, String problem) {}
