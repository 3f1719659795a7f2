/**
 * Thanos' gRPC services over the stores of a receiver: the messages are read and written here, byte by byte, so that
 * chunks pass from the store to the connection without becoming objects (docs/adr/0017).
 */
@org.jspecify.annotations.NullMarked
package dev.cairndb.receiver.grpc;
