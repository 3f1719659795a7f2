package dev.cairndb.receiver;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The server's certificate and key, as they are in their files when a connection is made. A handshake asks for them in
 * several steps, so the alias says which version they are of, and the one before is kept. Thread-safe.
 */
final class TlsIdentity extends X509ExtendedKeyManager {
    private static final byte[] SIGNED = {1, 2, 3};

    private static final class Version {
        private final String alias;
        private final X509Certificate[] chain;
        private final PrivateKey key;

        Version(String alias, X509Certificate[] chain, PrivateKey key) {
            this.alias = alias;
            this.chain = chain;
            this.key = key;
        }
    }

    private final WatchedFiles<Version> files;
    private int versions;
    private volatile @Nullable Version previous;
    private volatile @Nullable Version latest;

    TlsIdentity(TlsFiles tls) throws IOException {
        files = new WatchedFiles<>(List.of(tls.certificate(), tls.key()), () -> read(tls));
    }

    /** Called by one thread at a time. */
    private Version read(TlsFiles tls) throws IOException {
        X509Certificate[] chain = PemFiles.certificates(tls.certificate());
        PrivateKey key = PemFiles.privateKey(tls.key());
        if (!belongTogether(chain[0].getPublicKey(), key)) {
            throw new IOException(
                    "certificate and key do not belong together: " + tls.certificate() + ", " + tls.key());
        }
        previous = latest;
        Version read = new Version("version-" + ++versions, chain, key);
        latest = read;
        return read;
    }

    /** Whether what the one signs, the other accepts. */
    private static boolean belongTogether(PublicKey publicKey, PrivateKey key) throws IOException {
        if (!publicKey.getAlgorithm().equals(key.getAlgorithm())) {
            return false;
        }
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(SIGNED);
            byte[] signed = signature.sign();
            signature.initVerify(publicKey);
            signature.update(SIGNED);
            return signature.verify(signed);
        } catch (SignatureException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot sign with a private key: " + e.getMessage(), e);
        }
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        Version current = files.current();
        return current.key.getAlgorithm().equals(keyType) ? current.alias : null;
    }

    private @Nullable Version version(String alias) {
        for (Version version : new Version[] {latest, previous}) {
            if (version != null && version.alias.equals(alias)) {
                return version;
            }
        }
        return null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        Version version = version(alias);
        return version == null ? null : version.chain.clone();
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        Version version = version(alias);
        return version == null ? null : version.key;
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return chooseEngineServerAlias(keyType, issuers, null);
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        String alias = chooseEngineServerAlias(keyType, issuers, null);
        return alias == null ? null : new String[] {alias};
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }
}
