package dev.cairndb.tsdb.admin;

/** What a small file beside a block in a bucket tells Thanos to do with it, or not to (its pkg/block/metadata/markers.go). */
public enum BlockMark {
    /** The compactor deletes the block, some time (by default 48 h) after it was marked; until then it can be read. */
    DELETION("deletion-mark.json"),
    /** The compactor does not merge the block with others. */
    NO_COMPACT("no-compact-mark.json"),
    /** The compactor does not downsample the block. */
    NO_DOWNSAMPLE("no-downsample-mark.json");

    private final String fileName;

    BlockMark(String fileName) {
        this.fileName = fileName;
    }

    /** Name in the block's folder. */
    public String fileName() {
        return fileName;
    }
}
