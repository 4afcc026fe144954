package dev.ballast.control.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * By which names the server may be asked: a literal address, {@code localhost}, or the node's name. Any other name was made
 * to point here by somebody else (DNS rebinding).
 */
final class HostCheck {
    private HostCheck() {}

    /** Whether a {@code Host} header names this server; {@code node} is the balancer's name. */
    static boolean allows(String host, String node) {
        String name = nameOf("http://" + host);
        return name != null && isOurs(name, node);
    }

    /** Whether a page of that {@code Origin} may read; {@code null}, which sandboxed pages send, may not. */
    static boolean allowsOrigin(String origin, String node) {
        String name = nameOf(origin);
        return name != null && isOurs(name, node);
    }

    private static @Nullable String nameOf(String url) {
        try {
            URI uri = new URI(url);
            boolean bare = uri.getUserInfo() == null
                    && (uri.getRawPath() == null || uri.getRawPath().isEmpty())
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null;
            return bare ? uri.getHost() : null;
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private static boolean isOurs(String host, String node) {
        String name = host.toLowerCase(Locale.ROOT);
        return name.startsWith("[")
                || name.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}")
                || name.equals("localhost")
                || name.equals(node.toLowerCase(Locale.ROOT));
    }
}
