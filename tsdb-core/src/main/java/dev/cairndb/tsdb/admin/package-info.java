/** What an operator does with the blocks of a bucket; what tools are made of, and a store does not need. */
@NullMarked
package dev.cairndb.tsdb.admin;

import org.jspecify.annotations.NullMarked;
