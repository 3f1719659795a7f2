package dev.cairndb.receiver;

import dev.cairndb.index.Labels;
import dev.cairndb.io.Varint;
import java.util.Arrays;

/** The labels of a series with external labels among them, in the order of names; the series' own win. Stateless. */
final class MergedLabels {
    /** Takes a label as ranges of byte arrays. */
    interface Sink {
        void label(byte[] name, int nameOffset, int nameLength, byte[] value, int valueOffset, int valueLength);
    }

    /** A position in packed labels. */
    private static final class Walk {
        private final byte[] packed;
        private int nameOffset;
        private int nameLength;
        private int valueOffset;
        private int valueLength;
        private boolean present;

        Walk(byte[] packed) {
            this.packed = packed;
            next();
        }

        void next() {
            int at = valueOffset + valueLength;
            present = at < packed.length;
            if (present) {
                nameLength = (int) Varint.readUvarintInt(packed, at);
                nameOffset = at + Varint.sizeOfUvarint(nameLength);
                int valueAt = nameOffset + nameLength;
                valueLength = (int) Varint.readUvarintInt(packed, valueAt);
                valueOffset = valueAt + Varint.sizeOfUvarint(valueLength);
            }
        }

        /** One that is at its end comes last. */
        int compareTo(Walk other) {
            if (!present || !other.present) {
                return Boolean.compare(other.present, present);
            }
            return Arrays.compareUnsigned(
                    packed,
                    nameOffset,
                    nameOffset + nameLength,
                    other.packed,
                    other.nameOffset,
                    other.nameOffset + other.nameLength);
        }

        void giveTo(Sink sink) {
            sink.label(packed, nameOffset, nameLength, packed, valueOffset, valueLength);
            next();
        }
    }

    private MergedLabels() {}

    static void forEach(Labels series, Labels external, Sink sink) {
        Walk own = new Walk(series.packed());
        Walk added = new Walk(external.packed());
        while (own.present || added.present) {
            int order = own.compareTo(added);
            if (order == 0) {
                added.next();
            }
            (order <= 0 ? own : added).giveTo(sink);
        }
    }
}
