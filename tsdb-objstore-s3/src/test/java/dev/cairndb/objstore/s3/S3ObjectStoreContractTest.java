package dev.cairndb.objstore.s3;

import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.s3test.S3TestServer;
import dev.cairndb.testkit.ObjectStoreContractTest;
import java.io.IOException;
import org.junit.jupiter.api.extension.ExtendWith;

/** On a real server; listings come in many pages, and large objects go in parts. */
@ExtendWith(SharedServer.class)
class S3ObjectStoreContractTest extends ObjectStoreContractTest {
    /** Less than the tests list. All keys beyond ASCII come in one: the server orders them by UTF-16. */
    private static final int PAGE = 50;

    private final S3TestServer server;

    S3ObjectStoreContractTest(S3TestServer server) {
        this.server = server;
    }

    @Override
    protected ObjectStore newStore() throws IOException {
        return SharedServer.builder(server, server.newBucket())
                .partBytes(S3ObjectStoreBuilder.PART_BYTES_LEAST)
                .listPageMax(PAGE)
                .build();
    }
}
