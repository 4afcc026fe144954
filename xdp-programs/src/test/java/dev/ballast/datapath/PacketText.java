package dev.ballast.datapath;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Frames from words: layers from the outside in, separated by " / ". {@code src/test/resources/scenarios/README.md} has the
 * language. What a layer does not say (lengths, checksums, next headers) is what makes the frame right.
 */
final class PacketText {
    static final String CLIENT_MAC = "02:00:00:00:00:01";
    static final String OWN_MAC = "02:00:00:00:00:02";

    private static final int ETHERTYPE_IPV4 = 0x0800;
    private static final int ETHERTYPE_IPV6 = 0x86dd;
    private static final int ETHERTYPE_VLAN = 0x8100;
    private static final int ETHERTYPE_SERVICE_VLAN = 0x88a8;
    private static final int DEFAULT_TTL = 57;

    /** What an output may refer to: the packet that caused it, and numbers that only the flow's hash tells. */
    record Context(byte[] inner, int flowLabel, int flowPort) {
        static final Context NONE = new Context(new byte[0], 0, 0);
    }

    /**
     * A frame.
     *
     * @param bytes as on the wire
     * @param ipOffset where its first IP header begins; its length where it has none
     * @param tuple of the first TCP or UDP layer behind the first IP layer
     * @param laterFragment what it is of, if it is a fragment but not the first one
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Packet(byte[] bytes, int ipOffset, Optional<FlowTuple> tuple, Optional<Fragmented> laterFragment) {
        /** From the IP header on. */
        byte[] ip() {
            return Arrays.copyOfRange(bytes, ipOffset, bytes.length);
        }
    }

    /**
     * A packet that was sent in fragments.
     *
     * @param id IPv4: the identification {@code << 8 |} the protocol
     */
    record Fragmented(InetAddress source, InetAddress destination, int id) {}

    private final List<LayerWords> layers = new ArrayList<>();
    private final Context context;
    private Optional<FlowTuple> tuple = Optional.empty();
    private Optional<Fragmented> laterFragment = Optional.empty();
    private int lastIpBytes;

    private PacketText(String text, Context context) {
        for (String layer : text.split(" / ")) {
            layers.add(new LayerWords(layer));
        }
        this.context = context;
    }

    /** The frame that {@code text} spells; without an {@code eth} layer it is from the client's router. */
    static Packet parse(String text) {
        return parse(text, Context.NONE, CLIENT_MAC, OWN_MAC);
    }

    static Packet parse(String text, Context context, String sourceMac, String destinationMac) {
        return new PacketText(text, context).build(sourceMac, destinationMac);
    }

    private Packet build(String sourceMac, String destinationMac) {
        if (!layers.getFirst().kind().equals("eth")) {
            layers.addFirst(new LayerWords("eth " + sourceMac + " > " + destinationMac));
        }
        List<LayerWords> edits = new ArrayList<>();
        while (isEdit(layers.getLast())) {
            edits.addFirst(layers.removeLast());
        }
        byte[] frame = layer(0, Optional.empty());
        for (LayerWords edit : edits) {
            frame = edited(frame, edit);
        }
        layers.forEach(LayerWords::requireAllTaken);
        edits.forEach(LayerWords::requireAllTaken);
        int ipOffset = lastIpBytes == 0 ? frame.length : Math.min(frame.length, ipOffset());
        return new Packet(frame, ipOffset, tuple, laterFragment);
    }

    private int ipOffset() {
        int offset = Frame.ETHERNET_BYTES;
        for (LayerWords layer : layers) {
            offset += layer.kind().equals("vlan") ? 4 : 0;
        }
        return offset;
    }

    // --- edits of a finished frame -----------------------------------------------------------------------------------

    private static boolean isEdit(LayerWords layer) {
        return List.of("cut", "pad", "set").contains(layer.kind());
    }

    private static byte[] edited(byte[] frame, LayerWords edit) {
        switch (edit.kind()) {
            case "cut" -> {
                int length = edit.nextNumber("the length that is left");
                if (length >= frame.length) {
                    throw edit.error("cuts nothing off a frame of " + frame.length + " bytes");
                }
                return Arrays.copyOf(frame, length);
            }
            case "pad" -> {
                int length = edit.nextNumber("the length to reach");
                return Arrays.copyOf(frame, Math.max(length, frame.length));
            }
            default -> {
                int at = edit.nextNumber("the offset in the frame");
                byte[] bytes = HexFormat.of().parseHex(edit.next("the bytes"));
                byte[] changed = frame.clone();
                System.arraycopy(bytes, 0, changed, at, bytes.length);
                return changed;
            }
        }
    }

    // --- layers ------------------------------------------------------------------------------------------------------

    /** The IP header that a transport's checksum covers. */
    private record Ends(InetAddress source, InetAddress destination) {}

    /** The layer of that index and all inside it. */
    private byte[] layer(int index, Optional<Ends> ends) {
        if (index == layers.size()) {
            return new byte[0];
        }
        LayerWords layer = layers.get(index);
        Optional<Integer> only = layer.option("only").map(Integer::valueOf);
        byte[] bytes = switch (layer.kind()) {
            case "eth" -> ethernet(layer, index);
            case "vlan" -> vlan(layer, index);
            case "ip4" -> ipv4(layer, index);
            case "ip6" -> ipv6(layer, index);
            case "hop-by-hop", "destination", "routing", "mobility" -> extension(layer, index, ends);
            case "fragment" -> fragment(layer, index, ends);
            case "authentication" -> authentication(layer, index, ends);
            case "tcp" -> tcp(layer, index, ends);
            case "udp" -> udp(layer, index, ends);
            case "icmp", "icmp6" -> icmp(layer, index, ends);
            case "data" -> concat(counting(layer.nextNumber("its length")), layer(index + 1, ends));
            case "hex" -> concat(HexFormat.of().parseHex(layer.next("its bytes")), layer(index + 1, ends));
            case "inner" -> context.inner();
            default -> throw layer.error("is of no known kind");
        };
        return only.map(length -> Arrays.copyOf(bytes, length)).orElse(bytes);
    }

    private Optional<LayerWords> following(int index) {
        return index + 1 < layers.size() ? Optional.of(layers.get(index + 1)) : Optional.empty();
    }

    private byte[] ethernet(LayerWords layer, int index) {
        LayerWords.Ends ends = layer.hasEnds() ? layer.ends() : new LayerWords.Ends(CLIENT_MAC, OWN_MAC);
        ByteBuffer header = ByteBuffer.allocate(Frame.ETHERNET_BYTES);
        header.put(mac(ends.to())).put(mac(ends.from())).putShort((short) etherType(layer, index));
        return concat(header.array(), layer(index + 1, Optional.empty()));
    }

    private byte[] vlan(LayerWords layer, int index) {
        int tag = layer.nextNumber("its id") | layer.number("priority", 0) << 13;
        layer.flag("service");
        ByteBuffer header = ByteBuffer.allocate(4).putShort((short) tag).putShort((short) etherType(layer, index));
        return concat(header.array(), layer(index + 1, Optional.empty()));
    }

    private int etherType(LayerWords layer, int index) {
        int implied = following(index)
                .map(next -> switch (next.kind()) {
                    case "ip4" -> ETHERTYPE_IPV4;
                    case "ip6" -> ETHERTYPE_IPV6;
                    case "vlan" -> next.flag("service") ? ETHERTYPE_SERVICE_VLAN : ETHERTYPE_VLAN;
                    case "inner" -> context.inner()[0] >>> 4 == 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
                    default -> 0xffff;
                })
                .orElse(0xffff);
        return layer.number("type", implied);
    }

    private int nextHeader(LayerWords layer, int index, String option) {
        int implied = following(index)
                .map(next -> next.kind().equals("inner")
                        ? (context.inner()[0] >>> 4 == 4 ? 4 : 41)
                        : next.protocol().orElse(59))
                .orElse(59);
        return layer.number(option, implied);
    }

    private byte[] ipv4(LayerWords layer, int index) {
        LayerWords.Ends ends = layer.ends();
        Ends addresses = new Ends(ends.fromAddress(), ends.toAddress());
        int protocol = nextHeader(layer, index, "protocol");
        byte[] payload = layer(index + 1, Optional.of(addresses));
        byte[] options = layer.bytes("options");
        int words = (Frame.IPV4_BYTES + options.length) / 4;
        int id = layer.number("id", 0x1234);
        int offset = layer.number("offset", 0);
        rememberFragment(addresses, id << 8 | protocol, offset);
        int fragment = offset / 8
                | (layer.flag("df") ? 0x4000 : 0)
                | (layer.flag("mf") ? 0x2000 : 0)
                | (layer.flag("reserved") ? 0x8000 : 0);
        ByteBuffer header = ByteBuffer.allocate(Frame.IPV4_BYTES + options.length);
        header.put((byte) (layer.number("version", 4) << 4 | layer.number("ihl", words)));
        header.put((byte) layer.number("tos", 0));
        header.putShort((short) layer.number("length", header.capacity() + payload.length));
        header.putShort((short) id).putShort((short) fragment);
        header.put((byte) layer.number("ttl", DEFAULT_TTL)).put((byte) protocol).putShort((short) 0);
        header.put(addresses.source().getAddress())
                .put(addresses.destination().getAddress())
                .put(options);
        int checksum = ~Frame.sum(header.array());
        header.putShort(10, (short) layer.number("checksum", checksum));
        return outermost(concat(header.array(), payload));
    }

    private byte[] ipv6(LayerWords layer, int index) {
        LayerWords.Ends ends = layer.ends();
        Ends addresses = new Ends(ends.fromAddress(), ends.toAddress());
        int next = nextHeader(layer, index, "next");
        byte[] payload = layer(index + 1, Optional.of(addresses));
        boolean ofFlow = layer.flag("flow-label");
        int label = layer.number("label", ofFlow ? context.flowLabel() : 0);
        ByteBuffer header = ByteBuffer.allocate(Frame.IPV6_BYTES);
        header.putInt(layer.number("version", 6) << 28 | layer.number("class", 0) << 20 | label);
        header.putShort((short) layer.number("length", payload.length));
        header.put((byte) next).put((byte) layer.number("hops", DEFAULT_TTL));
        header.put(addresses.source().getAddress()).put(addresses.destination().getAddress());
        return outermost(concat(header.array(), payload));
    }

    /** Layers are built from the inside out: the last IP layer built is the outermost. */
    private byte[] outermost(byte[] packet) {
        lastIpBytes = packet.length;
        return packet;
    }

    /** RFC 8200 section 4.3 to 4.6: next header, length in units of 8 beyond the first 8, then whatever `with` says. */
    private byte[] extension(LayerWords layer, int index, Optional<Ends> ends) {
        byte[] rest = layer(index + 1, ends);
        byte[] content = layer.bytes("with");
        int length = layer.number("bytes", (2 + content.length + 7) / 8 * 8);
        ByteBuffer header = ByteBuffer.allocate(length);
        header.put((byte) nextHeader(layer, index, "next"));
        header.put((byte) layer.number("units", length / 8 - 1));
        if (content.length > 0) {
            header.put(content);
        } else if (!layer.kind().equals("routing") && length > 2) {
            header.put((byte) 1).put((byte) (length - 4)); // PadN
        }
        return concat(header.array(), rest);
    }

    private byte[] fragment(LayerWords layer, int index, Optional<Ends> ends) {
        byte[] rest = layer(index + 1, ends);
        ByteBuffer header = ByteBuffer.allocate(8);
        header.put((byte) nextHeader(layer, index, "next")).put((byte) 0);
        int id = layer.number("id", 0x1234);
        int offset = layer.number("offset", 0);
        ends.ifPresent(addresses -> rememberFragment(addresses, id, offset));
        header.putShort((short) (offset | (layer.flag("more") ? 1 : 0)));
        header.putInt(id);
        return concat(header.array(), rest);
    }

    private byte[] authentication(LayerWords layer, int index, Optional<Ends> ends) {
        byte[] rest = layer(index + 1, ends);
        int length = layer.number("bytes", 24);
        ByteBuffer header = ByteBuffer.allocate(length);
        header.put((byte) nextHeader(layer, index, "next")).put((byte) layer.number("units", length / 4 - 2));
        return concat(header.array(), rest);
    }

    private byte[] tcp(LayerWords layer, int index, Optional<Ends> ends) {
        byte[] payload = layer(index + 1, Optional.empty());
        LayerWords.Ends ports = layer.ends();
        remember(Protocol.TCP, ports, ends);
        byte[] options = layer.bytes("options");
        int flags = (layer.flag("fin") ? Frame.FIN : 0)
                | (layer.flag("syn") ? Frame.SYN : 0)
                | (layer.flag("rst") ? Frame.RST : 0)
                | (layer.flag("psh") ? 0x08 : 0)
                | (layer.flag("ack") ? Frame.ACK : 0)
                | (layer.flag("urg") ? 0x20 : 0);
        ByteBuffer segment = ByteBuffer.allocate(20 + options.length + payload.length);
        segment.putShort((short) port(ports.from())).putShort((short) port(ports.to()));
        segment.putInt(layer.number("seq", 0x01020304)).putInt(layer.number("ackno", 0x05060708));
        segment.put((byte) (layer.number("words", 5 + options.length / 4) << 4)).put((byte) flags);
        segment.putShort((short) layer.number("window", 0x2000)).putInt(0);
        segment.put(options).put(payload);
        return checksummed(layer, segment, 16, Protocol.TCP.number(), ends);
    }

    private byte[] udp(LayerWords layer, int index, Optional<Ends> ends) {
        byte[] payload = layer(index + 1, Optional.empty());
        LayerWords.Ends ports = layer.ends();
        remember(Protocol.UDP, ports, ends);
        ByteBuffer datagram = ByteBuffer.allocate(8 + payload.length);
        int from = ports.from().equals("flow") ? context.flowPort() : port(ports.from());
        datagram.putShort((short) from).putShort((short) port(ports.to()));
        datagram.putShort((short) layer.number("length", 8 + payload.length)).putShort((short) 0);
        datagram.put(payload);
        return checksummed(layer, datagram, 6, Protocol.UDP.number(), ends);
    }

    private static int port(String word) {
        return Integer.decode(word);
    }

    private void remember(Protocol protocol, LayerWords.Ends ports, Optional<Ends> ends) {
        // The outermost is built last; one inside an ICMP error is not this packet's flow.
        tuple = ends.filter(ip -> !ports.from().equals("flow"))
                .map(ip ->
                        new FlowTuple(ip.source(), port(ports.from()), ip.destination(), port(ports.to()), protocol));
    }

    private void rememberFragment(Ends ends, int id, int offset) {
        if (offset != 0) {
            laterFragment = Optional.of(new Fragmented(ends.source(), ends.destination(), id));
        }
    }

    /** Type and code, then `rest`, a word of 32 bits: identifier and sequence number, or an MTU. */
    private byte[] icmp(LayerWords layer, int index, Optional<Ends> ends) {
        byte[] payload = layer(index + 1, Optional.empty());
        laterFragment = Optional.empty();
        // An error is of the flow that it quotes, in which the VIP was the sender.
        tuple = tuple.map(quoted ->
                new FlowTuple(quoted.vip(), quoted.vipPort(), quoted.source(), quoted.sourcePort(), quoted.protocol()));
        int type = layer.nextNumber("its type");
        int code = layer.nextNumber("its code");
        int rest =
                layer.number("id", 0) << 16 | layer.number("seq", 0) | layer.number("mtu", 0) | layer.number("rest", 0);
        ByteBuffer message = ByteBuffer.allocate(8 + payload.length);
        message.put((byte) type)
                .put((byte) code)
                .putShort((short) 0)
                .putInt(rest)
                .put(payload);
        boolean six = layer.kind().equals("icmp6");
        return checksummed(layer, message, 2, six ? 58 : 1, six ? ends : Optional.empty());
    }

    /** Fills in the checksum at {@code at}, over the pseudo header of RFC 9293 section 3.1 if there are ends. */
    private static byte[] checksummed(LayerWords layer, ByteBuffer segment, int at, int protocol, Optional<Ends> ends) {
        ByteBuffer summed = ByteBuffer.allocate(40 + segment.capacity());
        if (ends.isPresent()) {
            summed.put(ends.get().source().getAddress())
                    .put(ends.get().destination().getAddress())
                    .putInt(segment.capacity())
                    .putInt(protocol);
        }
        summed.put(segment.array());
        int checksum = ~Frame.sum(summed.array()) & 0xffff;
        if (checksum == 0 && protocol == Protocol.UDP.number()) {
            checksum = 0xffff;
        }
        segment.putShort(at, (short) layer.number("checksum", checksum));
        return segment.array();
    }

    // --- bytes -------------------------------------------------------------------------------------------------------

    private static byte[] mac(String text) {
        return HexFormat.ofDelimiter(":").parseHex(text);
    }

    private static byte[] counting(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }

    private static byte[] concat(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length)
                .put(first)
                .put(second)
                .array();
    }

    static boolean isIpv4(InetAddress address) {
        return address instanceof Inet4Address;
    }
}
