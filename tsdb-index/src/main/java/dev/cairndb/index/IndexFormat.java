package dev.cairndb.index;

import dev.cairndb.io.FileHeader;

/** The layout of a block's index file; docs/format/index.md is the long form. */
final class IndexFormat {
    static final int VERSION_WRITTEN = 2;
    /** Version 3 is reserved; nobody writes it, and Prometheus reads it as version 2. */
    static final FileHeader HEADER = FileHeader.of(0xBAAAD700, 2, 3, 5);

    static final int SERIES_ALIGNMENT_BYTES = 16;
    static final int POSTINGS_ALIGNMENT_BYTES = 4;
    static final int TOC_SIZE_BYTES = 6 * Long.BYTES + Integer.BYTES;

    /** A label pair in the offset table: always two strings. */
    static final int TABLE_KEY_STRINGS = 2;

    /** Sections have a length of 32 bits in front. */
    static final long SECTION_SIZE_BYTES_MAX = 0xFFFFFFFFL;
    /** Series references are 32 bits of 16 bytes each. */
    static final long FILE_SIZE_BYTES_MAX = SERIES_ALIGNMENT_BYTES * (SECTION_SIZE_BYTES_MAX + 1);
    /** Of symbols, and of the values of a name in the offset table, every so many are found without a walk. */
    static final int SAMPLE_EVERY = 32;

    private IndexFormat() {}
}
