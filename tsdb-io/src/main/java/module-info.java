module dev.cairndb.io {
    requires static org.jspecify;
    requires static com.github.luben.zstd_jni;
    requires static org.xerial.snappy;

    exports dev.cairndb.io;
}
