package dev.cairndb.remote;

/** The two messages that remote_write knows; which of them a body is stands in its Content-Type, not in the body. */
public enum RemoteWriteVersion {
    /** remote_write 1.0: labels are strings of each series. */
    V1("prometheus.WriteRequest"),
    /** remote_write 2.0: labels are references to symbols of the request. */
    V2("io.prometheus.write.v2.Request");

    private final String messageName;

    RemoteWriteVersion(String messageName) {
        this.messageName = messageName;
    }

    /** The name in the parameter {@code proto} of a Content-Type. */
    public String messageName() {
        return messageName;
    }
}
