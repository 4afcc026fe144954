/**
 * Man pages and completion scripts, made at build time from what the commands say of themselves.
 *
 * <p>{@link dev.ballast.cli.reference.Reference} writes them all; the distribution ships them under {@code share/}. Nothing
 * in here runs when somebody uses the commands. Whatever `--help` says is in the pages too, and what a page should say
 * more belongs into the annotations of the command, so that neither can be out of date.
 */
@NullMarked
package dev.ballast.cli.reference;

import org.jspecify.annotations.NullMarked;
