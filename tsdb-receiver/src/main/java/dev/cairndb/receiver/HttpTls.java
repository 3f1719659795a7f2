package dev.cairndb.receiver;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** TLS of an HTTP port. Stateless. */
final class HttpTls {
    private HttpTls() {}

    static SslContextFactory.Server of(TlsFiles files) throws IOException {
        SslContextFactory.Server factory = new SslContextFactory.Server();
        Path clientCa = files.clientCa();
        TrustManager[] clients = clientCa == null ? new TrustManager[0] : new TrustManager[] {new TlsTrust(clientCa)};
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {new TlsIdentity(files)}, clients, null);
            factory.setSslContext(context);
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot use TLS: " + e.getMessage(), e);
        }
        factory.setNeedClientAuth(clientCa != null);
        factory.setExcludeProtocols();
        factory.setIncludeProtocols(files.protocols().toArray(String[]::new));
        return factory;
    }
}
