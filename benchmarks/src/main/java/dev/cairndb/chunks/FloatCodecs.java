package dev.cairndb.chunks;

/** The codecs that are measured, by the names they have in results. */
final class FloatCodecs {
    private FloatCodecs() {}

    /** @param name one of those below, or a class */
    static FloatCodec create(String name) {
        return switch (name) {
            case "xor" -> ChunkFloatCodec.xor();
            case "xor2" -> ChunkFloatCodec.xor2();
            case "gorilla-tsc" -> new GorillaTscFloatCodec();
            case "tsfile" -> new TsFileFloatCodec();
            case "fastpfor" -> new FastPforTimesCodec();
            default -> ofClass(name);
        };
    }

    private static FloatCodec ofClass(String name) {
        try {
            return (FloatCodec) Class.forName(name, true, Thread.currentThread().getContextClassLoader())
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException("no codec and no class with a public constructor: " + name, e);
        }
    }
}
