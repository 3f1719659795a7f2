@NullMarked
package dev.cairndb.index;

import org.jspecify.annotations.NullMarked;
