package dev.ballast.netlink;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The generic netlink family {@code netdev} (Linux 6.3; Documentation/netlink/specs/netdev.yaml): of it, the XDP features of a
 * device. A kernel without the family answers nothing. Any thread.
 */
final class NetdevFamily implements AutoCloseable {
    private static final int GENL_ID_CTRL = 0x10;
    private static final int GENLMSGHDR_BYTES = 4;
    private static final int CTRL_CMD_GETFAMILY = 3;
    private static final int CTRL_ATTR_FAMILY_ID = 1;
    private static final int CTRL_ATTR_FAMILY_NAME = 2;
    private static final int NETDEV_CMD_DEV_GET = 1;
    private static final int NETDEV_A_DEV_IFINDEX = 1;
    private static final int NETDEV_A_DEV_XDP_FEATURES = 3;

    private final RequestSocket socket;

    /** The kernel's number for the family; 0 if it has none. */
    private final int id;

    private NetdevFamily(RequestSocket socket, int id) {
        this.socket = socket;
        this.id = id;
    }

    /** Opens a socket in the network namespace of the calling thread, and asks for the family's number. */
    static NetdevFamily open() {
        RequestSocket socket =
                new RequestSocket(new NetlinkSocket("the generic request socket", NetlinkSocket.NETLINK_GENERIC));
        try {
            int id = socket.read(
                            familyRequest(),
                            "CTRL_CMD_GETFAMILY",
                            "family netdev",
                            Errno.ENOENT,
                            NetdevFamily::familyId)
                    .orElse(0);
            return new NetdevFamily(socket, id);
        } catch (NetlinkException e) {
            socket.close();
            throw e;
        }
    }

    Optional<XdpFeatures> xdpFeatures(int index) {
        if (id == 0 || index <= 0) {
            return Optional.empty();
        }
        return socket.read(
                deviceRequest(id, index),
                "NETDEV_CMD_DEV_GET",
                "link " + index,
                Errno.ENODEV,
                NetdevFamily::xdpFeatures);
    }

    static MessageBuilder familyRequest() {
        return request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY)
                .attribute(CTRL_ATTR_FAMILY_NAME, "netdev\0".getBytes(StandardCharsets.UTF_8));
    }

    static MessageBuilder deviceRequest(int family, int index) {
        return request(family, NETDEV_CMD_DEV_GET).attribute(NETDEV_A_DEV_IFINDEX, index);
    }

    /** struct genlmsghdr: command, version, u16 reserved. */
    private static MessageBuilder request(int family, int command) {
        return new MessageBuilder(family, Message.REQUEST | Message.ACK)
                .u8(command, 1)
                .u16(0);
    }

    static int familyId(Message message) {
        return attributes(message).u16(CTRL_ATTR_FAMILY_ID, 0);
    }

    /** Null if the device says nothing about XDP. */
    static @Nullable XdpFeatures xdpFeatures(Message message) {
        Attributes attributes = attributes(message);
        return attributes.has(NETDEV_A_DEV_XDP_FEATURES)
                ? new XdpFeatures(attributes.i64(NETDEV_A_DEV_XDP_FEATURES, 0))
                : null;
    }

    private static Attributes attributes(Message message) {
        ByteBuffer in = message.payload();
        Attributes.requireBytes("generic message", in, GENLMSGHDR_BYTES);
        return Attributes.parse(in, GENLMSGHDR_BYTES);
    }

    @Override
    public void close() {
        socket.close();
    }
}
