package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.tsdb.internal.block.BlockMeta;
import java.io.IOException;
import java.nio.file.Path;

/** For tests in which nothing may go wrong. */
final class FailingListener implements Shipper.Listener {
    @Override
    public void blockShipped(BlockMeta meta) {}

    @Override
    public void blockNotShipped(BlockMeta meta, IOException reason) {
        throw new AssertionError(reason);
    }

    @Override
    public void blockRefused(BlockMeta meta, String reason) {
        throw new AssertionError(reason);
    }

    @Override
    public void stateDamaged(Path file, IOException reason) {
        throw new AssertionError(reason);
    }
}
