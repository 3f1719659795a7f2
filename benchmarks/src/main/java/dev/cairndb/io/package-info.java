@NullMarked
package dev.cairndb.io;

import org.jspecify.annotations.NullMarked;
