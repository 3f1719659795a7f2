/** Measures a running receiver, from outside. */
@NullMarked
package dev.cairndb.receiver;

import org.jspecify.annotations.NullMarked;
