module dev.cairndb.chunks {
    requires static org.jspecify;
    requires transitive dev.cairndb.io;

    exports dev.cairndb.chunks;
}
