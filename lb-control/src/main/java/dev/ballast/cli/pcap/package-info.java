/**
 * Capture files: pcap and pcapng, read and written. Ethernet frames only, because that is what the datapath takes.
 *
 * <p>A file is a stream: one packet is in memory at a time, and nothing is sought. What a file says of itself is never
 * believed without a bound, so that a damaged one ends with a {@link dev.ballast.cli.pcap.CaptureException} that names the
 * packet, and takes no more memory than a good one. Used by the verbs {@code replay} and
 * {@code capture}; a reader or writer belongs to one thread.
 *
 * @see <a href="https://ietf-opsawg-wg.github.io/draft-ietf-opsawg-pcap/draft-ietf-opsawg-pcap.html">PCAP capture file format</a>
 * @see <a href="https://ietf-opsawg-wg.github.io/draft-ietf-opsawg-pcap/draft-ietf-opsawg-pcapng.html">PCAP next generation</a>
 */
@NullMarked
package dev.ballast.cli.pcap;

import org.jspecify.annotations.NullMarked;
