package dev.cairndb.tsdb;

import dev.cairndb.tsdb.internal.block.Block;
import java.util.List;

/**
 * What a query reads: the blocks, and the head from a time on. Replaced as a whole when a block is cut or deleted, so that
 * each sample is in one of them and not in both.
 *
 * @param blocks ascending by start
 * @param headFromMillis the head's samples before this are in blocks
 */
record StoreView(List<Block> blocks, long headFromMillis) {}
