package dev.ballast.control.reconcile;

import dev.ballast.bpf.BpfException;
import dev.ballast.datapath.RingRange;
import dev.ballast.datapath.TableMemory;
import dev.ballast.datapath.TableMemory.Backend;
import dev.ballast.datapath.VipKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Looks at the tables after every store, as packets do: from a VIP to its service, its ring, and the members that it names. What no
 * packet may ever find is an {@link AssertionError} in the middle of the store that did it.
 *
 * <ul>
 *   <li>A VIP that is there before and after a change is there all the time, and leads to a service of the one or the other.
 *   <li>A slot of a ring in force names a member of that service, the one that it named when the ring was published.
 *   <li>A service whose members can be used before and after a change has a ring all the time.
 *   <li>No ring is written where one is that packets may be reading.
 *   <li>No member's row is cleared while a ring in force, the one before, or a flow names it.
 * </ul>
 */
public final class TableWatch implements TableMemory.Gate {
    private static final int ENOMEM = 12;

    /** The others are mapped: a store there is one of the processor. */
    private static final Set<String> SYSTEM_CALLS = Set.of("vip_prefixes4", "vip_prefixes6", "sources4", "sources6");

    /** The daemon dies here. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1;

        Killed() {
            super("killed before a store", null, false, false);
        }
    }

    /** What a VIP may lead to while a change is made: name hashes, and whether its service may be without a ring. */
    record Expected(Set<Long> nameHashes, boolean mayBeEmpty) {}

    /** A ring as it was when it was published. */
    private record View(int service, RingRange range, Map<Integer, Backend> members) {}

    private record Rested(View view, long replacedAt) {}

    private TableMemory memory;
    private Map<VipKey, Expected> expected = Map.of();
    private final Map<Integer, View> present = new HashMap<>();
    private final Map<Integer, View> kept = new HashMap<>();
    private final List<Rested> replaced = new ArrayList<>();
    private long stores;
    private long killAt = Long.MAX_VALUE;
    private long forgetAt = Long.MAX_VALUE;
    private int refusals;
    private boolean blind;
    private boolean forgot;

    /** Must be called before anything is stored. */
    public void over(TableMemory tables) {
        memory = tables;
    }

    /** How many were done so far. */
    public long stores() {
        return stores;
    }

    // --- faults
    // --------------------------------------------------------------------------------------------------------

    /** The daemon dies instead of the store after so many. */
    void killAfter(int more) {
        killAt = stores + more;
    }

    /** The kernel forgets the store after so many. */
    void forgetAfter(int more) {
        forgetAt = stores + more;
    }

    /** The next so many stores that take a system call fail. */
    void refuse(int calls) {
        refusals = calls;
    }

    /** No fault from here on. Says whether the kernel forgot one. */
    boolean faultsEnd() {
        killAt = Long.MAX_VALUE;
        forgetAt = Long.MAX_VALUE;
        refusals = 0;
        boolean did = forgot;
        forgot = false;
        return did;
    }

    /** Somebody else wrote: packets may find anything until it is repaired. */
    void lookAway() {
        blind = true;
    }

    /** Whether every store since the last audit was done, and by the daemon alone. */
    boolean looks() {
        return !blind;
    }

    /** All is as it should be again. */
    void lookAgain() {
        blind = false;
        present.clear();
        kept.clear();
        replaced.clear();
        checkRings();
        checkVips();
    }

    @Override
    public boolean admits(String table) {
        stores++;
        if (stores > killAt) {
            throw new Killed();
        }
        if (stores > forgetAt) {
            forgetAt = Long.MAX_VALUE;
            forgot = true;
            blind = true;
            return false;
        }
        if (refusals > 0 && SYSTEM_CALLS.contains(table)) {
            refusals--;
            throw new BpfException("put into", "map '" + table + "'", ENOMEM, "the kernel is out of memory for it");
        }
        return true;
    }

    @Override
    public void stored(String table, long at) {
        if (blind) {
            return;
        }
        switch (table) {
            case "services", "members" -> {
                checkRings();
                checkVips();
            }
            case "vips4", "vips6", "vip_prefixes4", "vip_prefixes6", "settings" -> checkVips();
            default -> {
                // No packet that is forwarded reads another one.
            }
        }
        if (table.equals("members")) {
            int id = TableMemory.member(at);
            if (memory.serviceOfMember(id) < 0 && memory.hasFlow(id)) {
                throw violated("member id %d is cleared, and flows name it".formatted(id));
            }
        }
    }

    // --- grace
    // ---------------------------------------------------------------------------------------------------------

    /** A point in time, for {@link #rested}. */
    long now() {
        return stores;
    }

    /** Nothing that was replaced by then is read any more. */
    void rested(long begunAt) {
        replaced.removeIf(each -> each.replacedAt <= begunAt);
    }

    /** Nothing that was replaced is read any more. */
    void allRested() {
        replaced.clear();
    }

    // --- what packets find
    // ---------------------------------------------------------------------------------------------

    /** From here on this is what each VIP may lead to. */
    void expect(Map<VipKey, Expected> wanted) {
        expected = wanted;
    }

    private void checkVips() {
        expected.forEach(this::checkVip);
    }

    private void checkRings() {
        for (int service = 0; service < memory.serviceRows(); service++) {
            checkRing(service);
            checkPrevious(service);
        }
    }

    private void checkVip(VipKey vip, Expected allowed) {
        int service = memory.serviceOf(vip).orElseThrow(() -> violated(vip + " leads nowhere"));
        if (!allowed.nameHashes.contains(memory.nameHash(service))) {
            throw violated("%s leads to service index %d with name hash %x, not one of %s"
                    .formatted(vip, service, memory.nameHash(service), allowed.nameHashes));
        }
        if (!allowed.mayBeEmpty && memory.ring(service).range().isEmpty()) {
            throw violated("%s leads to service index %d, which has no ring".formatted(vip, service));
        }
    }

    private void checkRing(int service) {
        RingRange range = memory.nameHash(service) == 0
                ? null
                : memory.ring(service).range().orElse(null);
        View known = present.get(service);
        if (known != null && !known.range.equals(range)) {
            replaced.add(new Rested(known, stores));
            present.remove(service);
            known = null;
        }
        if (range == null) {
            return;
        }
        if (known == null) {
            known = publish(service, range);
        }
        int base = memory.memberBase(service);
        known.members.forEach((local, backend) -> checkMember(service, base + local, backend, "ring"));
    }

    private View publish(int service, RingRange range) {
        int[] chunks = TableMemory.chunks(range);
        for (View other : others(service)) {
            int[] taken = TableMemory.chunks(other.range);
            if (chunks[0] < taken[1] && taken[0] < chunks[1]) {
                throw violated("the ring of service index %d at %s lies where that of service index %d is read, %s"
                        .formatted(service, range, other.service, other.range));
            }
        }
        Map<Integer, Backend> members = new HashMap<>();
        int base = memory.memberBase(service);
        Set<Integer> locals = new HashSet<>();
        for (short slot : memory.slots(range)) {
            locals.add(Short.toUnsignedInt(slot));
        }
        for (int local : locals) {
            if (memory.serviceOfMember(base + local) != service) {
                throw violated("a slot of the ring of service index %d names id %d, which is %s"
                        .formatted(
                                service,
                                base + local,
                                memory.serviceOfMember(base + local) < 0
                                        ? "free"
                                        : "of service index " + memory.serviceOfMember(base + local)));
            }
            members.put(local, memory.backend(base + local));
        }
        View view = new View(service, range, members);
        present.put(service, view);
        return view;
    }

    private List<View> others(int service) {
        List<View> others = new ArrayList<>();
        present.forEach((each, view) -> {
            if (each != service) {
                others.add(view);
            }
        });
        replaced.forEach(each -> others.add(each.view));
        others.addAll(kept.values());
        return others;
    }

    private void checkPrevious(int service) {
        RingRange before = memory.nameHash(service) == 0
                ? null
                : memory.previousRing(service).range().orElse(null);
        View known = kept.get(service);
        if (before == null) {
            kept.remove(service);
            return;
        }
        if (known == null || !known.range.equals(before)) {
            known = viewOf(service, before);
            if (known == null) {
                return; // of before the first look
            }
            kept.put(service, known);
        }
        int base = memory.memberBase(service);
        known.members.forEach((local, backend) -> {
            int owner = memory.serviceOfMember(base + local);
            if (owner == service && !memory.backend(base + local).equals(backend)) {
                throw violated("the previous ring of service index %d was made with %s as id %d, which is %s now"
                        .formatted(service, backend, base + local, memory.backend(base + local)));
            }
        });
    }

    private View viewOf(int service, RingRange range) {
        View now = present.get(service);
        if (now != null && now.range.equals(range)) {
            return now;
        }
        return replaced.stream()
                .map(Rested::view)
                .filter(view -> view.service == service && view.range.equals(range))
                .findFirst()
                .orElse(null);
    }

    private void checkMember(int service, int id, Backend backend, String what) {
        int owner = memory.serviceOfMember(id);
        if (owner != service) {
            throw violated("the %s of service index %d names id %d, which is %s"
                    .formatted(what, service, id, owner < 0 ? "free" : "of service index " + owner));
        }
        if (!memory.backend(id).equals(backend)) {
            throw violated("the %s of service index %d was made with %s as id %d, which is %s now"
                    .formatted(what, service, backend, id, memory.backend(id)));
        }
    }

    private AssertionError violated(String what) {
        return new AssertionError(
                "after store " + stores + ": " + what + "; replaced rings: " + Arrays.toString(replaced.toArray()));
    }
}
