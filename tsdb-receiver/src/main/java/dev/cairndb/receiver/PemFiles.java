package dev.cairndb.receiver;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads certificates and private keys in PEM (RFC 7468), keys in the three forms that OpenSSL writes. Stateless. */
final class PemFiles {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN (RSA |EC )?PRIVATE KEY-----([^-]+)-----END (?:RSA |EC )?PRIVATE KEY-----");
    private static final int INTEGER = 0x02;
    private static final int OCTETS = 0x04;
    private static final int SEQUENCE = 0x30;
    private static final int CURVE = 0xA0;
    /** Version 0 of a PKCS #8 key. */
    private static final byte[] VERSION = {INTEGER, 1, 0};
    /** 1.2.840.113549.1.1.1 and no parameters. */
    private static final byte[] RSA = {6, 9, 42, -122, 72, -122, -9, 13, 1, 1, 1, 5, 0};
    /** 1.2.840.10045.2.1; the curve follows. */
    private static final byte[] EC = {6, 7, 42, -122, 72, -50, 61, 2, 1};

    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    private PemFiles() {}

    /** At least one. */
    static X509Certificate[] certificates(Path file) throws IOException {
        try {
            X509Certificate[] found = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)))
                    .stream()
                    .map(X509Certificate.class::cast)
                    .toArray(X509Certificate[]::new);
            if (found.length == 0) {
                throw new IOException("no certificate in " + file);
            }
            return found;
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot read a certificate: file=" + file + ": " + e.getMessage(), e);
        }
    }

    static PrivateKey privateKey(Path file) throws IOException {
        Matcher pem = KEY.matcher(Files.readString(file, StandardCharsets.US_ASCII));
        if (!pem.find()) {
            throw new IOException("no private key in PEM, or one with a password, in " + file);
        }
        String form = pem.group(1) == null ? "" : pem.group(1);
        try {
            byte[] der = Base64.getMimeDecoder().decode(pem.group(2));
            return privateKey(
                    switch (form) {
                        case "RSA " -> pkcs8(RSA, der);
                        case "EC " -> pkcs8(join(EC, curveOf(der)), der);
                        default -> der;
                    });
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException("cannot read a private key: file=" + file + ": " + e.getMessage(), e);
        }
    }

    private static PrivateKey privateKey(byte[] pkcs8) throws GeneralSecurityException {
        GeneralSecurityException failure = new InvalidKeySpecException("unknown algorithm");
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (InvalidKeySpecException e) {
                failure = e;
            }
        }
        throw failure;
    }

    private static byte[] pkcs8(byte[] algorithm, byte[] key) {
        return element(SEQUENCE, join(VERSION, join(element(SEQUENCE, algorithm), element(OCTETS, key))));
    }

    /** The parameters in an ECPrivateKey (RFC 5915): version, key, then they. */
    private static byte[] curveOf(byte[] der) {
        int at = contentAt(der, 0);
        for (int i = 0; i < 2; i++) {
            at = contentAt(der, at) + lengthAt(der, at);
        }
        if (at >= der.length || (der[at] & 0xFF) != CURVE) {
            throw new IllegalArgumentException("a key that names no curve");
        }
        int content = contentAt(der, at);
        int length = lengthAt(der, at);
        if (content + length > der.length) {
            throw new IllegalArgumentException("a curve that ends early");
        }
        return Arrays.copyOfRange(der, content, content + length);
    }

    private static int lengthAt(byte[] der, int at) {
        int first = byteAt(der, at + 1);
        int length = first < 0x80 ? first : 0;
        for (int i = 0; first >= 0x80 && i < (first & 0x7F); i++) {
            length = length << 8 | byteAt(der, at + 2 + i);
        }
        if (length < 0 || length > der.length) {
            throw new IllegalArgumentException("a length beyond the end");
        }
        return length;
    }

    private static int contentAt(byte[] der, int at) {
        int first = byteAt(der, at + 1);
        return at + 2 + (first < 0x80 ? 0 : first & 0x7F);
    }

    private static int byteAt(byte[] der, int at) {
        if (at >= der.length) {
            throw new IllegalArgumentException("it ends early");
        }
        return der[at] & 0xFF;
    }

    private static byte[] element(int tag, byte[] content) {
        int length = content.length;
        byte[] head = length < 0x80
                ? new byte[] {(byte) tag, (byte) length}
                : length < 0x100
                        ? new byte[] {(byte) tag, (byte) 0x81, (byte) length}
                        : new byte[] {(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
        return join(head, content);
    }

    private static byte[] join(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }
}
