package dev.cairndb.receiver.grpc;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Takes the connections of an address that was taken before, and counts them: beyond so many, a further one is closed
 * at once. Thread-safe.
 */
final class BoundedConnections implements ChannelFactory<ServerChannel> {
    private final ServerSocketChannel address;
    private final int max;
    private final AtomicInteger open = new AtomicInteger();

    BoundedConnections(ServerSocketChannel address, int max) {
        this.address = address;
        this.max = max;
    }

    int open() {
        return open.get();
    }

    @Override
    public ServerChannel newChannel() {
        return new NioServerSocketChannel(address) {
            @Override
            protected void doBind(SocketAddress ignored) {
                // It is bound already.
            }

            @Override
            protected int doReadMessages(List<Object> accepted) throws Exception {
                int known = accepted.size();
                int count = super.doReadMessages(accepted);
                for (int i = accepted.size() - 1; i >= known; i--) {
                    Channel connection = (Channel) accepted.get(i);
                    if (open.incrementAndGet() > max) {
                        open.decrementAndGet();
                        accepted.remove(i);
                        connection.unsafe().closeForcibly();
                    } else {
                        connection.closeFuture().addListener(closed -> open.decrementAndGet());
                    }
                }
                return count;
            }
        };
    }
}
