module dev.cairndb.index {
    requires static org.jspecify;
    requires transitive dev.cairndb.io;
    requires roaringbitmap;
    requires re2j;

    exports dev.cairndb.index;
}
