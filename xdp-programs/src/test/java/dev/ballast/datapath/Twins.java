package dev.ballast.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Consumer;

/**
 * Two datapaths that are configured alike: the program in the kernel, and the native build of the same sources. Every frame
 * goes through both, which must agree on its XDP code and bytes, and after any number of them on every counter.
 */
final class Twins implements AutoCloseable {
    private final Rig kernel;
    private final Rig sanitized;
    private final NativeDatapath both;

    /** With all features, and time that is told to both. */
    Twins(Scenario config) {
        DatapathOptions options = Rig.options(Feature.values());
        kernel = new Rig(options);
        sanitized = new Rig(options);
        each(rig -> ScenarioRun.configure(rig, config));
        both = NativeDatapath.besideKernel(sanitized.pins(), kernel.pins());
    }

    /** Changes both alike. */
    void each(Consumer<Rig> change) {
        change.accept(kernel);
        change.accept(sanitized);
    }

    NativeDatapath program() {
        return both;
    }

    /** What came in is what left by the four classes, for the machine and for each service; nothing left without a name. */
    void requireClosedAccounts(Traffic sent) {
        for (Rig rig : List.of(kernel, sanitized)) {
            Counters counters = rig.datapath().counters();
            Verdicts verdicts = counters.verdicts();
            assertThat(verdicts.unnamed()).isEqualTo(Traffic.NONE);
            assertThat(verdicts.received()).isEqualTo(sent);
            Traffic ofServices = Traffic.NONE;
            for (int service = 0; service < rig.datapath().services().capacity(); service++) {
                ofServices = ofServices.plus(counters.service(service).received());
            }
            Traffic ofNobody = verdicts.of(VerdictClass.PASSED).plus(verdicts.of(VerdictReason.DROPPED_BROKEN_TABLE));
            assertThat(ofServices.plus(ofNobody)).as("services and passed").isEqualTo(sent);
            Traffic ofMembers = Traffic.NONE;
            for (int member = 0; member < rig.datapath().members().capacity(); member++) {
                ofMembers = ofMembers.plus(counters.member(member));
            }
            assertThat(ofMembers).as("members").isEqualTo(verdicts.of(VerdictClass.FORWARDED));
        }
        Counters ours = kernel.datapath().counters();
        Counters theirs = sanitized.datapath().counters();
        assertThat(theirs.verdicts()).as("native as in the kernel").isEqualTo(ours.verdicts());
        for (int service = 0; service < kernel.datapath().services().capacity(); service++) {
            assertThat(theirs.service(service)).as("service %d", service).isEqualTo(ours.service(service));
        }
    }

    /** The counters' own view of what a driver was told: passed, dropped, and the rest. */
    void requireCodes(NativeDatapath.Fuzzed fuzzed, Verdicts before) {
        Verdicts after = verdicts();
        assertThat(fuzzed.byCode().get(Rig.XdpCode.PASS))
                .as("XDP_PASS")
                .isEqualTo(grown(VerdictClass.PASSED, before, after));
        assertThat(fuzzed.byCode().get(Rig.XdpCode.DROP))
                .as("XDP_DROP")
                .isEqualTo(grown(VerdictClass.DROPPED, before, after));
        Traffic sentOn =
                fuzzed.byCode().get(Rig.XdpCode.TX).plus(fuzzed.byCode().get(Rig.XdpCode.REDIRECT));
        assertThat(sentOn)
                .as("XDP_TX and XDP_REDIRECT")
                .isEqualTo(
                        grown(VerdictClass.FORWARDED, before, after).plus(grown(VerdictClass.ANSWERED, before, after)));
    }

    private static Traffic grown(VerdictClass of, Verdicts before, Verdicts after) {
        return Rig.minus(after.of(of), before.of(of));
    }

    Verdicts verdicts() {
        return kernel.datapath().counters().verdicts();
    }

    @Override
    public void close() {
        both.close();
        kernel.close();
        sanitized.close();
    }
}
