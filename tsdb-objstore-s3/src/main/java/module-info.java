// It ends with a digit because what it speaks to does.
@SuppressWarnings("module")
module dev.cairndb.objstore.s3 {
    requires static org.jspecify;
    requires transitive dev.cairndb.objstore;
    requires software.amazon.awssdk.auth;
    requires software.amazon.awssdk.awscore;
    requires software.amazon.awssdk.core;
    requires software.amazon.awssdk.http;
    requires software.amazon.awssdk.http.urlconnection;
    requires software.amazon.awssdk.identity.spi;
    requires software.amazon.awssdk.regions;
    requires software.amazon.awssdk.retries;
    requires software.amazon.awssdk.retries.api;
    requires software.amazon.awssdk.services.s3;
    requires software.amazon.awssdk.utils;

    exports dev.cairndb.objstore.s3;
}
