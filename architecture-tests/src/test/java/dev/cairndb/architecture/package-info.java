@NullMarked
package dev.cairndb.architecture;

import org.jspecify.annotations.NullMarked;
