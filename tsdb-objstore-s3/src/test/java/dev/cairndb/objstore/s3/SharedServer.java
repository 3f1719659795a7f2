package dev.cairndb.objstore.s3;

import dev.cairndb.s3test.S3TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Hands one S3 server to all tests that ask for it; it is stopped behind the last one. */
final class SharedServer implements ParameterResolver {
    private record Resource(S3TestServer server) implements Store.CloseableResource, AutoCloseable {
        @Override
        public void close() {
            server.close();
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == S3TestServer.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(Namespace.create(SharedServer.class))
                .getOrComputeIfAbsent(Resource.class, type -> start(), Resource.class)
                .server();
    }

    private static Resource start() {
        try {
            return new Resource(S3TestServer.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** With the server's credentials, and pauses a test can wait for. */
    static S3ObjectStoreBuilder builder(S3TestServer server, String bucket) {
        return S3ObjectStore.builder(bucket)
                .endpoint(server.endpoint())
                .pathStyle(true)
                .credentials(S3TestServer.ACCESS_KEY, S3TestServer.SECRET_KEY)
                .connectTimeout(Duration.ofSeconds(5))
                .pauseLeast(Duration.ofMillis(1));
    }
}
