/** An S3 server in a process of its own. */
@NullMarked
package dev.cairndb.s3test;

import org.jspecify.annotations.NullMarked;
