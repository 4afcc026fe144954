/**
 * What one packet costs in the datapath, in nanoseconds of CPU time: {@code packaging/bench datapath}.
 *
 * <p>A {@link dev.ballast.perf.datapath.Scenario} says which frames come and what has to become of them. The {@code Harness} (its
 * program is harness.bpf.c) restores the frame before each round of BPF_PROG_TEST_RUN, varies the flow and tail-calls a target: the datapath,
 * which {@code LoadedDatapath} has the daemon's own classes load and fill, or an empty program, whose time is subtracted. {@code DatapathBench}
 * takes turns between scenarios, so that whatever disturbs the machine for a while disturbs all of them.
 *
 * <p>No figure without a verdict: the datapath's own counters have to say that the packets went where the scenario wants them, or the
 * measurement fails. One thread does all of it, and stays on one CPU while it measures.
 */
@NullMarked
package dev.ballast.perf.datapath;

import org.jspecify.annotations.NullMarked;
