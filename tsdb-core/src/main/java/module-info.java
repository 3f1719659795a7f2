module dev.cairndb.tsdb {
    requires static org.jspecify;
    requires transitive dev.cairndb.io;
    requires transitive dev.cairndb.chunks;
    requires transitive dev.cairndb.index;
    requires transitive dev.cairndb.remote;
    requires transitive dev.cairndb.objstore;
    requires com.fasterxml.jackson.core;

    exports dev.cairndb.tsdb;
    exports dev.cairndb.tsdb.admin;
}
