@NullMarked
package dev.cairndb.chunks;

import org.jspecify.annotations.NullMarked;
