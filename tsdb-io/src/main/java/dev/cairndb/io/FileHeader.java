package dev.cairndb.io;

import java.util.Arrays;
import java.util.Objects;

/**
 * The start that every file kind but the log has: {@code magic <4 bytes>, version <1 byte>}, then zeros up to the
 * kind's header size. One constant per file kind. Readers do not look at the padding. Immutable.
 */
public final class FileHeader {
    private static final int VERSION_OFFSET = Integer.BYTES;
    private static final int UNPADDED_SIZE_BYTES = VERSION_OFFSET + 1;

    private final int magic;
    private final int versionMin;
    private final int versionMax;
    private final int sizeBytes;

    private FileHeader(int magic, int versionMin, int versionMax, int sizeBytes) {
        if (sizeBytes < UNPADDED_SIZE_BYTES || versionMin < 0 || versionMin > versionMax || versionMax > 0xFF) {
            throw new IllegalArgumentException(
                    "cannot describe a header: size=" + sizeBytes + ", versions=" + versionMin + ".." + versionMax);
        }
        this.magic = magic;
        this.versionMin = versionMin;
        this.versionMax = versionMax;
        this.sizeBytes = sizeBytes;
    }

    /**
     * @param versionMin the oldest version that is read
     * @param versionMax the newest version that is read
     * @param sizeBytes with padding, at least 5
     */
    public static FileHeader of(int magic, int versionMin, int versionMax, int sizeBytes) {
        return new FileHeader(magic, versionMin, versionMax, sizeBytes);
    }

    public int magic() {
        return magic;
    }

    public int sizeBytes() {
        return sizeBytes;
    }

    /** Writes the header at {@code offset} and returns the offset behind it. */
    public int put(byte[] bytes, int offset, int version) {
        Objects.checkFromIndexSize(offset, sizeBytes, bytes.length);
        if (version < versionMin || version > versionMax) {
            throw new IllegalArgumentException(
                    "cannot write format version: found=" + version + ", expected=" + versionMin + ".." + versionMax);
        }
        BigEndian.putInt(bytes, offset, magic);
        bytes[offset + VERSION_OFFSET] = (byte) version;
        Arrays.fill(bytes, offset + UNPADDED_SIZE_BYTES, offset + sizeBytes, (byte) 0);
        return offset + sizeBytes;
    }

    /** Appends the header. */
    public void put(ByteWriter out, int version) {
        out.ensure(sizeBytes);
        out.size(put(out.array(), out.size(), version));
    }

    /**
     * Checks the header of a file whose first bytes are given.
     *
     * @param file name for error messages
     * @param length how many bytes there are, may be more than the header
     * @return the version
     */
    public int check(String file, byte[] bytes, int offset, int length)
            throws CorruptionException, FormatVersionException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length < sizeBytes) {
            throw tooShort(file, length);
        }
        return check(file, BigEndian.getInt(bytes, offset), bytes[offset + VERSION_OFFSET] & 0xFF);
    }

    /**
     * Checks the header of a mapped file.
     *
     * @param file name for error messages
     * @return the version
     */
    public int check(String file, MappedFile mapped) throws CorruptionException, FormatVersionException {
        if (mapped.size() < sizeBytes) {
            throw tooShort(file, mapped.size());
        }
        return check(file, mapped.getInt(0), mapped.get(VERSION_OFFSET) & 0xFF);
    }

    private int check(String file, int foundMagic, int version) throws CorruptionException, FormatVersionException {
        if (foundMagic != magic) {
            throw new CorruptionException(
                    file, 0, String.format("magic %08x", magic), String.format("%08x", foundMagic));
        }
        if (version < versionMin || version > versionMax) {
            throw new FormatVersionException(file, version, versionMin, versionMax);
        }
        return version;
    }

    private CorruptionException tooShort(String file, long length) {
        return new CorruptionException(file, length, "a header of " + sizeBytes + " bytes", length + " bytes");
    }
}
