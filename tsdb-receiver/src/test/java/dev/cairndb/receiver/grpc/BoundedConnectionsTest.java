package dev.cairndb.receiver.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.receiver.Patience;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BoundedConnectionsTest {
    @Test
    void aConnectionTooManyIsClosedUntilAnotherOneIs() throws Exception {
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        ServerSocketChannel bound = ServerSocketChannel.open().bind(anyPort);
        BoundedConnections connections = new BoundedConnections(bound, 3);
        EventLoopGroup threads = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        List<Socket> open = new ArrayList<>();
        try {
            Channel server = new ServerBootstrap()
                    .group(threads)
                    .channelFactory(connections)
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel connection) {
                            // Nobody reads.
                        }
                    })
                    .bind(anyPort)
                    .sync()
                    .channel();
            InetSocketAddress address = (InetSocketAddress) server.localAddress();
            assertEquals(bound.getLocalAddress(), address);
            for (int i = 0; i < 3; i++) {
                open.add(new Socket(address.getAddress(), address.getPort()));
            }
            await(connections, 3);
            try (Socket tooMany = new Socket(address.getAddress(), address.getPort())) {
                tooMany.setSoTimeout(60_000);
                assertEquals(-1, tooMany.getInputStream().read());
            }
            assertEquals(3, connections.open());
            open.get(0).close();
            await(connections, 2);
            open.add(new Socket(address.getAddress(), address.getPort()));
            await(connections, 3);
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
            await(connections, 0);
            threads.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    private static void await(BoundedConnections connections, int expected) throws Exception {
        Patience.await(() -> "connections: " + connections.open(), () -> connections.open() == expected);
    }
}
