/** Programs that embed the store. */
@NullMarked
package dev.cairndb.examples;

import org.jspecify.annotations.NullMarked;
