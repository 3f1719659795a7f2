module dev.cairndb.remote {
    requires static org.jspecify;
    requires transitive dev.cairndb.chunks;
    requires transitive dev.cairndb.io;

    exports dev.cairndb.remote;
}
