package dev.ballast.control.loop;

import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.Nearest;
import dev.ballast.control.model.Service;
import dev.ballast.control.plan.MemberKey;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Which members somebody means. Pure. */
final class MemberNames {
    private static final int LISTED_MAX = 20;

    private MemberNames() {}

    /**
     * The member {@code service/address}, or all of {@code service}.
     *
     * @throws ChangeRefusedException if there is none, with the name that was probably meant
     */
    static Set<MemberKey> named(Config running, String text) {
        int slash = text.indexOf('/');
        String serviceName = slash < 0 ? text : text.substring(0, slash);
        Service service = running.services().get(serviceName);
        if (service == null) {
            throw new ChangeRefusedException(
                    Kind.NOT_FOUND,
                    "no service " + serviceName
                            + hint(serviceName, running.services().keySet()));
        }
        Set<MemberKey> members = all(service);
        if (slash < 0) {
            return members;
        }
        try {
            MemberKey key = MemberKey.parse(text);
            if (members.contains(key)) {
                return Set.of(key);
            }
        } catch (IllegalArgumentException e) {
            throw new ChangeRefusedException(
                    Kind.NOT_FOUND,
                    "'%s' names no member: %s %s; write service/address, as web/10.0.1.11"
                            .formatted(text, text.substring(slash + 1), e.getMessage()));
        }
        throw new ChangeRefusedException(
                Kind.NOT_FOUND,
                "service %s has no member %s%s"
                        .formatted(
                                serviceName,
                                text,
                                hint(
                                        text,
                                        members.stream()
                                                .map(MemberKey::toString)
                                                .toList())));
    }

    private static String hint(String given, Collection<String> known) {
        String near = Nearest.didYouMean(given, known);
        return near.isEmpty() ? "; there are: " + listed(known, ", ") : "; " + near;
    }

    /** The first of many names; a message with all of a large state's would not fit into an answer. */
    static String listed(Collection<String> names, String separator) {
        String first = names.stream().limit(LISTED_MAX).collect(Collectors.joining(separator));
        int left = names.size() - LISTED_MAX;
        return left <= 0 ? first : first + separator + "and " + left + " more";
    }

    /** Of one service. */
    static Set<MemberKey> all(Service service) {
        return service.backends().stream()
                .map(backend -> new MemberKey(service.name(), backend.address()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Whether there is this member. */
    static boolean has(Config config, MemberKey member) {
        Service service = config.services().get(member.service());
        return service != null
                && service.backends().stream()
                        .anyMatch(backend -> backend.address().equals(member.address()));
    }
}
