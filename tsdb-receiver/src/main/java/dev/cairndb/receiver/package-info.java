/** A remote_write receiver: HTTP, tenants and flags around the library's public API. */
@NullMarked
package dev.cairndb.receiver;

import org.jspecify.annotations.NullMarked;
