module dev.cairndb.testkit {
    requires static org.jspecify;
    requires transitive dev.cairndb.io;
    requires transitive dev.cairndb.objstore;
    requires transitive org.junit.jupiter.api;

    exports dev.cairndb.testkit;
}
