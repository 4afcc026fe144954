package dev.ballast.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class XdpLinkKernelTest {
    private TestNetwork network;
    private BpfObject object;
    private BpfProgram pass;
    private BpfProgram drop;
    private int left;

    @BeforeEach
    void setUp() {
        network = new TestNetwork();
        object = TestObjects.load("xdp");
        pass = object.program("pass");
        drop = object.program("drop");
        left = network.ifindex("left");
    }

    @AfterEach
    void tearDown() {
        if (object != null) {
            object.close();
        }
        network.close();
    }

    private XdpLink attach(BpfProgram program, int ifindex, XdpMode mode) throws Exception {
        return network.namespace.call(() -> XdpLink.attach(program, ifindex, mode));
    }

    @Test
    void a_link_attaches_and_its_close_detaches() throws Exception {
        try (XdpLink link = attach(pass, left, XdpMode.NATIVE)) {
            assertThat(link.ifindex()).isEqualTo(left);
            assertThat(link.programId()).isEqualTo(pass.id());
            assertThat(link.id()).isPositive();
            assertThat(network.ipInside("link", "show", "left"))
                    .contains(" xdp")
                    .contains("id " + pass.id());
        }
        assertThat(network.ipInside("link", "show", "left")).doesNotContain("xdp");
    }

    @Test
    void generic_mode_is_generic() throws Exception {
        try (XdpLink link = attach(pass, left, XdpMode.GENERIC)) {
            assertThat(network.ipInside("link", "show", "left")).contains("xdpgeneric");
            assertThat(link.programId()).isEqualTo(pass.id());
        }
    }

    @Test
    void an_update_exchanges_the_program() throws Exception {
        try (XdpLink link = attach(pass, left, XdpMode.NATIVE)) {
            link.update(drop, pass);
            assertThat(link.programId()).isEqualTo(drop.id());
        }
    }

    @Test
    void an_update_that_expects_the_wrong_program_changes_nothing_and_says_so() throws Exception {
        try (XdpLink link = attach(pass, left, XdpMode.NATIVE)) {
            assertThatThrownBy(() -> link.update(drop, drop))
                    .isInstanceOf(BpfException.class)
                    .hasMessageStartingWith(
                            "update XDP link of interface " + left + " from program 'drop' to program 'drop': EPERM")
                    .hasMessageContaining("the link holds another program than program 'drop'")
                    .satisfies(e -> assertThat(((BpfException) e).errno()).isEqualTo(Errno.EPERM));
            assertThat(link.programId()).isEqualTo(pass.id());
        }
    }

    @Test
    void an_update_with_a_program_of_another_type_is_refused() throws Exception {
        try (XdpLink link = attach(pass, left, XdpMode.NATIVE)) {
            assertThatThrownBy(() -> link.update(object.program("tc_count"), pass))
                    .hasMessageContaining("EINVAL")
                    .hasMessageContaining("does not fit the link");
        }
    }

    @Test
    void a_pinned_link_outlives_its_handles_and_is_updated_after_it_is_opened_again() throws Exception {
        attachAndForget();
        assertThat(network.ipInside("link", "show", "left")).contains("id " + pass.id());

        try (XdpLink link = XdpLink.openPinned(network.pin("left"))) {
            assertThat(link.ifindex()).isEqualTo(left);
            link.update(drop, pass);
            assertThat(link.programId()).isEqualTo(drop.id());
            link.unpin(network.pin("left"));
        }
        assertThat(network.ipInside("link", "show", "left")).doesNotContain("xdp");
    }

    private void attachAndForget() throws Exception {
        try (XdpLink link = attach(pass, left, XdpMode.NATIVE)) {
            link.pin(network.pin("left"));
        }
    }

    @Test
    void the_expected_program_may_itself_come_from_a_pin() throws Exception {
        pass.pin(network.pin("program"));
        try (XdpLink link = attach(pass, left, XdpMode.NATIVE);
                BpfProgram pinned = BpfProgram.openPinned(network.pin("program"))) {
            link.update(drop, pinned);
            assertThat(link.programId()).isEqualTo(drop.id());
        }
    }

    @Test
    void a_second_link_is_refused_as_busy() throws Exception {
        try (XdpLink link = attach(pass, left, XdpMode.NATIVE)) {
            assertRefused(
                    () -> attach(drop, left, XdpMode.NATIVE), Errno.EBUSY, "an XDP program is attached there already");
            assertThat(link.programId()).isEqualTo(pass.id());
        }
    }

    @Test
    void generic_beside_native_is_refused() throws Exception {
        try (XdpLink link = attach(pass, left, XdpMode.NATIVE)) {
            assertRefused(
                    () -> attach(drop, left, XdpMode.GENERIC), Errno.EEXIST, "carries an XDP program in another mode");
            assertThat(link.programId()).isEqualTo(pass.id());
        }
    }

    @Test
    void native_mode_where_the_driver_has_none_is_refused() throws Exception {
        network.ipInside("link", "add", "br0", "type", "bridge");
        int bridge = network.ifindex("br0");
        assertRefused(() -> attach(pass, bridge, XdpMode.NATIVE), Errno.EOPNOTSUPP, "use generic mode");
        attach(pass, bridge, XdpMode.GENERIC).close();
    }

    @Test
    void an_interface_that_does_not_exist_is_refused() {
        assertRefused(
                () -> attach(pass, 99_999, XdpMode.NATIVE),
                Errno.ENODEV,
                "no such interface in this network namespace");
        assertRefused(
                () -> XdpLink.attach(pass, 99_999, XdpMode.GENERIC),
                Errno.ENODEV,
                "no such interface in this network namespace");
    }

    @Test
    void offload_of_a_program_that_was_not_loaded_for_the_device_is_refused() {
        assertThatThrownBy(() -> attach(pass, left, XdpMode.OFFLOAD))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("in OFFLOAD mode");
    }

    @Test
    void a_program_of_another_type_is_refused() {
        assertRefused(
                () -> attach(object.program("tc_count"), left, XdpMode.NATIVE),
                Errno.EINVAL,
                "attach one of section xdp");
    }

    private static void assertRefused(Callable<?> attempt, int errno, String cure) {
        assertThatThrownBy(attempt::call)
                .isInstanceOf(BpfException.class)
                .hasMessageContaining(cure)
                .satisfies(e -> assertThat(((BpfException) e).errno()).isEqualTo(errno));
    }

    @Test
    void detach_leaves_an_empty_link_also_behind_its_pin() throws Exception {
        try (XdpLink link = attach(pass, left, XdpMode.NATIVE)) {
            link.pin(network.pin("left"));
            link.detach();

            assertThat(link.ifindex()).isZero();
            assertThat(network.ipInside("link", "show", "left")).doesNotContain("xdp");
            assertThatThrownBy(() -> link.update(drop, pass)).hasMessageContaining("attach anew");
        }
        try (XdpLink again = XdpLink.openPinned(network.pin("left"))) {
            assertThat(again.ifindex()).isZero();
        }
    }

    @Test
    void a_link_whose_interface_is_deleted_says_so() throws Exception {
        try (XdpLink link = attach(pass, left, XdpMode.NATIVE)) {
            network.ipInside("link", "del", "left");

            assertThat(link.ifindex()).isZero();
            assertThatThrownBy(() -> link.update(drop, pass))
                    .hasMessageContaining("ENOLINK")
                    .hasMessageContaining("its interface is gone; attach anew");
        }
    }

    @Test
    void a_closed_link_is_an_illegal_state() throws Exception {
        XdpLink link = attach(pass, left, XdpMode.NATIVE);
        link.close();
        link.close();

        assertThatThrownBy(link::programId).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> link.update(drop, pass)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> link.pin(network.pin("left"))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(link::detach).isInstanceOf(IllegalStateException.class);
    }
}
