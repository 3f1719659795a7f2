module dev.cairndb.io {
    // Unsafe.invokeCleaner, on Java 17 to 21 only.
    requires jdk.unsupported;
    requires static org.jspecify;
    requires static com.github.luben.zstd_jni;

    exports dev.cairndb.io;
}
