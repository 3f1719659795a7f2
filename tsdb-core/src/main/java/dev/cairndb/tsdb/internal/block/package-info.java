/** Blocks on disk: their names, their metadata, writing, opening, replacing and deleting them. */
@NullMarked
package dev.cairndb.tsdb.internal.block;

import org.jspecify.annotations.NullMarked;
