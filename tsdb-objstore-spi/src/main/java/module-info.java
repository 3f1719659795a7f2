module dev.cairndb.objstore {
    requires static org.jspecify;

    exports dev.cairndb.objstore;
}
