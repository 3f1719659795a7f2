@NullMarked
package dev.cairndb.testkit;

import org.jspecify.annotations.NullMarked;
