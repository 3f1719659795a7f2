/** The store and the receiver against the real programs. */
@NullMarked
package dev.cairndb.interop;

import org.jspecify.annotations.NullMarked;
