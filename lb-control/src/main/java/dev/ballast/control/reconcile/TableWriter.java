package dev.ballast.control.reconcile;

import dev.ballast.control.plan.Plan;
import dev.ballast.datapath.Datapath;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.ServiceRow;
import dev.ballast.datapath.VipKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes the tables hold a plan: reads what they hold, and writes the difference. One use.
 *
 * <p>Rows are written from the back, so that a packet always finds what its VIP leads to: members, services and rings, VIPs. They
 * are removed in the other order.
 */
final class TableWriter {
    private final Datapath datapath;
    private final RingBook book;
    private final Plan plan;
    private final List<String> written = new ArrayList<>();

    TableWriter(Datapath datapath, RingBook book, Plan plan) {
        this.datapath = datapath;
        this.book = book;
        this.plan = plan;
    }

    /** Does it; answers with what was written, in words: nothing if the tables held the plan already. */
    List<String> write() {
        writeMembers();
        writeServices();
        writeVips();
        clearServices();
        clearMembers();
        return written;
    }

    private void writeMembers() {
        plan.members().forEach((id, planned) -> {
            MemberRow row = Rows.member(planned);
            Optional<MemberRow> present = datapath.members().read(id);
            if (present.equals(Optional.of(row))) {
                return;
            }
            if (present.isPresent() && !isSameMember(present.get(), row)) {
                // Its id was released and given on while the row could not be cleared, or somebody else wrote here.
                clearMember(id);
            }
            datapath.members().write(id, row);
            written.add("member id %d, %s".formatted(id, planned.address()));
        });
    }

    private static boolean isSameMember(MemberRow one, MemberRow other) {
        return one.service() == other.service() && one.backend().equals(other.backend());
    }

    private void writeServices() {
        plan.services().forEach((index, planned) -> {
            String name = name(index, planned);
            ServiceRow row = Rows.service(planned, datapath.clock());
            if (!datapath.services().read(index).equals(Optional.of(row))) {
                datapath.services().write(index, row);
                written.add(name);
            }
            if (book.publish(index, planned.ring())) {
                written.add(name + ": ring");
            }
        });
    }

    private static String name(int index, Plan.ServiceRow planned) {
        return "service " + planned.name().orElse("removed, index " + index);
    }

    private void writeVips() {
        Map<VipKey, Integer> present = datapath.vips().list();
        Set<VipKey> wanted = new HashSet<>();
        for (Plan.VipRow row : plan.vips().values()) {
            VipKey key = Rows.vip(row.vip());
            wanted.add(key);
            Integer service = present.get(key);
            if (service == null || service != row.service()) {
                datapath.vips().put(key, row.service());
                written.add("VIP " + row.vip());
            }
        }
        for (VipKey key : present.keySet()) {
            if (!wanted.contains(key)) {
                datapath.vips().remove(key);
                written.add("VIP " + key + " removed");
            }
        }
    }

    private void clearServices() {
        for (int index : List.copyOf(datapath.services().byNameHash().values())) {
            if (!plan.services().containsKey(index)) {
                book.forget(index);
                datapath.services().clear(index);
                datapath.counters().resetService(index);
                written.add("service index %d cleared".formatted(index));
            }
        }
    }

    private void clearMembers() {
        for (int id : List.copyOf(datapath.members().list().keySet())) {
            if (!plan.members().containsKey(id)) {
                clearMember(id);
                written.add("member id %d cleared".formatted(id));
            }
        }
    }

    private void clearMember(int id) {
        datapath.members().clear(id);
        datapath.counters().resetMember(id);
    }
}
