package dev.ballast.control.model;

import dev.ballast.control.model.Shape.Choice;
import dev.ballast.control.model.Shape.Keys;
import dev.ballast.control.model.Shape.Listed;
import dev.ballast.control.model.Shape.Named;
import dev.ballast.control.model.Shape.SchemaKey;
import dev.ballast.control.model.Shape.Share;
import dev.ballast.control.model.Shape.Size;
import dev.ballast.control.model.Shape.Span;
import dev.ballast.control.model.Shape.Text;
import dev.ballast.control.model.Shape.Truth;
import dev.ballast.control.model.Shape.Whole;
import dev.ballast.control.model.Shape.WholeOrWord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The file, key by key: what may stand there, what it is for, what leaving it out means, and whether this build has it.
 *
 * <p>Read from bottom to top: {@link #FILE} is the whole. What one value asks of another (a probe ends before the next
 * begins, no VIP is a backend) is in the readers and in {@link ConfigRules}.
 */
final class Schema {
    private static final int PORTS = 65_535;

    /** Autonomous systems and MEDs have 32 bits (RFC 6793, RFC 4271). */
    private static final long MAX_32_BITS = 0xffff_ffffL;

    // --- values of some form -------------------------------------------------------------------------------------

    static final Text<String> NAME = Text.of(Names.PATTERN, Names.PROBLEM, Names.ALLOWED);

    /** What the kernel takes as a device name (dev_valid_name in net/core/dev.c), in printable ASCII. */
    static final Text<String> INTERFACE_NAME = Text.of(
            Pattern.compile("(?!\\.{1,2}$)[!-.0-9;-~]{1,15}"),
            "cannot name an interface",
            "1 to 15 printable characters without / and :");

    /** What useradd(8) recommends and groupadd(8) takes. */
    static final Text<String> GROUP_NAME = Text.of(
            Pattern.compile("[a-z_][a-z0-9_-]{0,31}"),
            "cannot name a Unix group",
            "1 to 32 of a-z, 0-9, _ and -, a-z or _ first");

    static final Text<Address> ADDRESS =
            new Text<>(value -> AddressReader.address(value, "is a prefix"), AddressReader.ADDRESS_SHAPE);

    static final Text<Prefix> VIP_ADDRESS = new Text<>(AddressReader::vip, AddressReader.ADDRESS_OR_PREFIX_SHAPE);

    static final Text<Prefix> SOURCE = new Text<>(AddressReader::source, AddressReader.ADDRESS_OR_PREFIX_SHAPE);

    static final Text<Address> ADDRESS4 = new Text<>(AddressReader::address4, AddressReader.ADDRESS_SHAPE);

    static final Text<Address> ADDRESS6 = new Text<>(AddressReader::address6, AddressReader.ADDRESS_SHAPE);

    static final Text<Endpoint> ENDPOINT = new Text<>(AddressReader::endpoint, AddressReader.ENDPOINT_SHAPE);

    static final Text<Prefix> OUTER_SOURCE = new Text<>(AddressReader::outerSource, AddressReader.OUTER_SOURCE_SHAPE);

    static final Text<ServerId> SERVER_ID = new Text<>(
            BackendReader::readServerId, Pattern.compile("0x([0-9a-fA-F]{2}){1," + ServerId.MAX_LENGTH + "}"));

    private static final Pattern ABSOLUTE = Pattern.compile("/[^\\x00-\\x1f\\x7f]{1,4095}");

    /** Where a file is; what is no file name is not repeated, because it may be the secret itself. */
    private static final Text<String> FILE_NAME = new Text<>(
            value -> {
                if (ABSOLUTE.matcher(value.text()).matches()) {
                    return Optional.of(value.text());
                }
                value.refuseUnseen(
                        "is not an absolute file name",
                        "write it into a file of mode 0600, and the file's name here, such as /etc/ballast/secrets/tor1");
                return Optional.empty();
            },
            ABSOLUTE);

    private static final Text<String> MARK = Text.of(
            Pattern.compile("0x[0-9a-f]{1,8}/([1-9]|[12][0-9]|3[0-2])"),
            "is not a mark and the number of its leading bits",
            "such as \"0xba000000/8\"");

    private static final Text<String> COMMUNITY = Text.of(
            Pattern.compile("[0-9]{1,5}:[0-9]{1,5}|[0-9]{1,10}:[0-9]{1,10}:[0-9]{1,10}"),
            "is not a community",
            "such as \"64512:100\" (RFC 1997) or \"64512:1:100\" (RFC 8092)");

    private static final Text<String> URL =
            Text.of(Pattern.compile("https?://[!-~]{1,512}"), "is not a URL", "such as https://192.0.2.10:2379");

    private static final Text<String> URL_PATH =
            Text.of(Pattern.compile("/[!-~]{0,1023}"), "is not a path", "such as /healthz");

    private static final Text<String> HOST = Text.of(
            Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"),
            "is not a host name",
            "such as www.example.net");

    private static final Whole PORT = new Whole(1, PORTS);
    private static final Whole ASN = new Whole(1, MAX_32_BITS);
    private static final Truth TRUTH = new Truth();
    private static final Share ANY_SHARE = new Share(Percent.NONE, Percent.ALL);

    // --- node ----------------------------------------------------------------------------------------------------

    private static final Keys SOURCE_OF_CONFIG = Keys.of(
            SchemaKey.of("kind", Choice.of(Node.Source.class, "etcd"), "Where fleet, defaults and services come from")
                    .byDefault("file"),
            SchemaKey.later("endpoints", Listed.of(URL).atLeastOne(), "The members of the etcd cluster"),
            SchemaKey.later("prefix", URL_PATH, "Below which key of etcd the configuration is"));

    private static final Keys INTERFACE = Keys.of(
            SchemaKey.of("name", INTERFACE_NAME, "The interface as `ip link` shows it")
                    .needed("write the interface's name as `ip link` shows it"),
            SchemaKey.of(
                            "generic",
                            Choice.of(Node.Generic.class),
                            "Where the driver has no XDP of its own: refuse, or allow the kernel's slow mode")
                    .byDefault("refuse"));

    private static final Keys LIMITS = Keys.of(
            SchemaKey.of(
                            "flows",
                            new Size(Node.Limits.MIN_FLOWS, Node.Limits.MAX_FLOWS),
                            "Connections that are remembered: a power of two, 8 bytes each")
                    .byDefault(Units.printSize(Node.Limits.DEFAULT.flows())),
            SchemaKey.of("services", new Whole(1, Node.Limits.MAX_SERVICES), "Services on this balancer")
                    .byDefault(Node.Limits.DEFAULT.services()),
            SchemaKey.of("members", new Whole(1, Node.Limits.MAX_MEMBERS), "Backends of all services together")
                    .byDefault(Node.Limits.DEFAULT.members()),
            SchemaKey.of(
                            "ringSlots",
                            new Size(Node.Limits.MIN_RING_SLOTS, Node.Limits.MAX_RING_SLOTS),
                            "Slots of all rings, and of the largest once more; 2 bytes each")
                    .byDefault(Units.printSize(Node.Limits.DEFAULT.ringSlots())));

    private static final Keys API_TCP = Keys.of(
            SchemaKey.of("listen", ENDPOINT, "Address and port of the API with mTLS")
                    .needed("write listen: \"192.0.2.2:9591\""),
            SchemaKey.of("certFile", FILE_NAME, "This balancer's certificate")
                    .needed("name the file of the certificate"),
            SchemaKey.of("keyFile", FILE_NAME, "Its private key, mode 0600").needed("name the file of its key"),
            SchemaKey.of("clientCaFile", FILE_NAME, "Whose certificates clients need")
                    .needed("name the file of the clients' CA"),
            SchemaKey.of("roles", new Shape.Anything(), "Who may do what"));

    private static final Keys API = Keys.of(
            SchemaKey.of(
                            "group",
                            GROUP_NAME,
                            "Members of this Unix group may open the control socket, and so change everything")
                    .byDefault(Node.Api.DEFAULT_GROUP),
            SchemaKey.later(
                    "tcp", API_TCP, "The API over TCP with mTLS, for the other balancers and for remote operators"));

    private static final Keys HTTP =
            Keys.of(SchemaKey.of("listen", ENDPOINT, "Address and port of metrics and readiness, loopback as a rule")
                    .byDefault(Node.Http.DEFAULT.listen().toString()));

    private static final Keys LOG =
            Keys.of(SchemaKey.of("level", Choice.of(Node.Log.Level.class), "The least severe event that is logged")
                    .byDefault("info"));

    private static final Keys PROBES = Keys.of(
            SchemaKey.of("source4", ADDRESS4, "Where IPv4 probes come from"),
            SchemaKey.of("source6", ADDRESS6, "Where IPv6 probes come from"),
            SchemaKey.of("mark", MARK, "The packet mark of probes through the VIP, and its leading bits"));

    /** RFC 4271, 4.2 (hold time), RFC 4724, 3 (restart time, 12 bits). */
    private static final Keys BGP_PEER = Keys.of(
            SchemaKey.of("name", NAME, "The neighbour's name").needed("give the neighbour a name, such as tor1"),
            SchemaKey.of("address", ADDRESS, "The neighbour's address").needed("write the neighbour's address"),
            SchemaKey.of("asn", ASN, "The neighbour's autonomous system")
                    .needed("write the neighbour's autonomous system"),
            SchemaKey.of(
                    "families",
                    Listed.of(new Choice(List.of("ipv4", "ipv6"), List.of())).atLeastOne(),
                    "What is announced to it"),
            SchemaKey.of(
                    "holdTime",
                    new Span(Duration.ofSeconds(3), Duration.ofSeconds(65_535)),
                    "How long a silent neighbour counts as up"),
            SchemaKey.of("passwordFile", FILE_NAME, "The file with the session's TCP-MD5 password, mode 0600"),
            SchemaKey.of(
                    "gracefulRestart",
                    new Span(Duration.ZERO, Duration.ofSeconds(4_095)),
                    "How long it keeps our routes while the daemon restarts"));

    private static final Keys BGP = Keys.of(
            SchemaKey.of("asn", ASN, "This balancer's autonomous system")
                    .needed("write this balancer's autonomous system"),
            SchemaKey.of("routerId", ADDRESS4, "The BGP identifier, an IPv4 address of this machine as a rule")
                    .needed("write an IPv4 address of this machine"),
            SchemaKey.of("failStatic", TRUTH, "Whether routes stay when every service falls at once"),
            SchemaKey.of("peers", Listed.of(BGP_PEER), "The neighbours"));

    private static final Keys NODE = Keys.of(
            SchemaKey.of("name", NAME, "This balancer's name").needed("give this balancer a name, such as lb1"),
            SchemaKey.of("source", SOURCE_OF_CONFIG, "Where the configuration comes from"),
            SchemaKey.of("interfaces", Listed.of(INTERFACE).atLeastOne(), "Where traffic comes in and leaves")
                    .needed("name the interface that carries the traffic: [{name: eth0}]"),
            SchemaKey.of(
                    "limits",
                    LIMITS,
                    "The sizes of the kernel's tables; another size makes new ones, and is refused while flows are live"),
            SchemaKey.of("api", API, "Who may change things"),
            SchemaKey.of("http", HTTP, "Metrics and readiness over HTTP, read-only"),
            SchemaKey.of("log", LOG, "What is written to stderr"),
            SchemaKey.later("probes", PROBES, "Where probes through the VIP come from"),
            SchemaKey.later("bgp", BGP, "Announces the VIPs to routers"));

    // --- fleet ---------------------------------------------------------------------------------------------------

    private static final Keys BALANCER = Keys.of(
            SchemaKey.of("name", NAME, "Another balancer's node.name").needed("write the other balancer's node.name"),
            SchemaKey.of("address", ENDPOINT, "Its node.api.tcp.listen")
                    .needed("write its node.api.tcp.listen, such as \"192.0.2.3:9591\""));

    private static final Keys SWAP = Keys.of(
            SchemaKey.of("watch", new Span(Duration.ZERO, Duration.ofHours(1)), "How long a new program is watched"),
            SchemaKey.of("maxExtraDrops", ANY_SHARE, "What it may drop beyond the old one before that comes back"),
            SchemaKey.of(
                    "onForeignProgram",
                    new Choice(List.of("raise"), List.of()),
                    "When somebody else replaces the program"));

    private static final Keys FLEET = Keys.of(
            SchemaKey.later("secretFile", FILE_NAME, "The file with the secret that all balancers share, mode 0600"),
            SchemaKey.later("balancers", Listed.of(BALANCER), "The other balancers"),
            SchemaKey.of(
                    "maxDisruption",
                    ANY_SHARE,
                    "The share of a service's live flows that a change by an operator may disturb; left out: any"),
            SchemaKey.later("swap", SWAP, "How a swap of the program is watched"));

    // --- what defaults and services share ------------------------------------------------------------------------

    private static final Keys ENCAP = Keys.of(
            SchemaKey.of(
                            "type",
                            Choice.of(Encap.Type.class),
                            "ipip: IP in IP; gue: UDP; l2: the packet as it is, to a neighbour")
                    .byDefault("ipip"),
            SchemaKey.of(
                    "port",
                    PORT,
                    "gue: the UDP destination port (%d unless it says otherwise)".formatted(Encap.Gue.DEFAULT_PORT)),
            SchemaKey.of(
                            "sourcePrefix",
                            OUTER_SOURCE,
                            "ipip: an IPv4 prefix of yours, /8 to /31, that outer sources are taken from; none: the balancer's own address")
                    .byDefault(TrafficReader.NO_PREFIX));

    private static final Keys RING = Keys.of(
            SchemaKey.of(
                            "size",
                            new Whole(Ring.MIN_SIZE, Ring.MAX_SIZE),
                            "Slots: a prime, a hundred times the backends or more")
                    .byDefault(Ring.DEFAULT.size()),
            SchemaKey.of(
                            "algorithm",
                            Choice.of(Ring.Algorithm.class),
                            "maglev, or rendezvous where backends come and go often")
                    .byDefault(Words.of(Ring.DEFAULT.algorithm())),
            SchemaKey.of(
                            "keepPrevious",
                            new Span(Duration.ZERO, Ring.MAX_KEEP_PREVIOUS),
                            "How long after a change the ring before it is asked about TCP connections that are not known here; 0s: never")
                    .byDefault(Units.printDuration(Ring.DEFAULT.keepPrevious())));

    private static final Span IDLE = new Span(Flows.MIN_IDLE, Flows.MAX_IDLE);

    private static final Keys FLOWS = Keys.of(
            SchemaKey.of("track", TRUTH, "Whether a connection keeps its backend when the ring changes")
                    .byDefault(Flows.DEFAULT.track()),
            SchemaKey.of("tcpIdle", IDLE, "How long a TCP connection without packets is remembered")
                    .byDefault(Units.printDuration(Flows.DEFAULT.tcpIdle())),
            SchemaKey.of("udpIdle", IDLE, "How long a UDP flow without packets is remembered")
                    .byDefault(Units.printDuration(Flows.DEFAULT.udpIdle())));

    private static final Keys CHECK = Keys.of(
            SchemaKey.of("type", Choice.of(Check.Type.class, "http", "https"), "What a probe does; tcp: connects")
                    .byDefault(Words.of(Check.DEFAULT.type())),
            SchemaKey.of(
                            "path",
                            Choice.of(Check.Path.class, "vip"),
                            "Which way a probe takes; direct: to the backend's own address")
                    .byDefault(Words.of(Check.DEFAULT.path())),
            SchemaKey.of("port", PORT, "Where a probe connects; left out: the one port of the service's TCP VIPs"),
            SchemaKey.of(
                            "interval",
                            new Span(Check.MIN_INTERVAL, Check.MAX_INTERVAL),
                            "From the start of one probe to the start of the next")
                    .byDefault(Units.printDuration(Check.DEFAULT.interval())),
            SchemaKey.of(
                            "timeout",
                            new Span(Check.MIN_TIMEOUT, Check.MAX_INTERVAL),
                            "A probe without an answer for this long has failed; at most the interval")
                    .byDefault(Units.printDuration(Check.DEFAULT.timeout())),
            SchemaKey.of("rise", new Whole(1, Check.MAX_IN_A_ROW), "Successes in a row that make a backend up")
                    .byDefault(Check.DEFAULT.rise()),
            SchemaKey.of("fall", new Whole(1, Check.MAX_IN_A_ROW), "Failures in a row that make a backend down")
                    .byDefault(Check.DEFAULT.fall()),
            SchemaKey.of(
                            "jitter",
                            new Share(Percent.NONE, Check.MAX_JITTER),
                            "The share of the interval by which a probe is moved at random")
                    .byDefault(Check.DEFAULT.jitter().toString()),
            SchemaKey.later("get", URL_PATH, "http, https: the path that is asked for"),
            SchemaKey.later("host", HOST, "http, https: the Host that is named"),
            SchemaKey.later(
                    "status",
                    Listed.of(new Whole(100, 599)).atLeastOne(),
                    "http, https: the answers that are a success"));

    private static final Keys DEFAULTS = Keys.of(
            SchemaKey.of("encap", ENCAP, "How packets travel to a backend"),
            SchemaKey.of("ring", RING, "Which backend takes a new connection"),
            SchemaKey.of("flows", FLOWS, "Whether and how long connections are remembered"),
            SchemaKey.of("check", CHECK, "The check of a service that names none, and what a named one leaves out"));

    // --- services ------------------------------------------------------------------------------------------------

    private static final Keys VIP = Keys.of(
            SchemaKey.of(
                            "address",
                            VIP_ADDRESS,
                            "The address that clients connect to, or a prefix of them; IPv6 in quotes")
                    .needed("write the address that clients connect to"),
            SchemaKey.of(
                            "port",
                            new WholeOrWord(PORT, "any", Vip.ANY_PORT),
                            "1 to 65535, or any: every port that no other VIP of the address names")
                    .needed("write 1 to 65535, or any"),
            SchemaKey.of("protocol", Choice.of(Vip.Protocol.class), "tcp or udp; for both, write two VIPs")
                    .needed("write tcp or udp"));

    private static final Keys HEALTH = Keys.of(
            SchemaKey.of(
                            "initial",
                            Choice.of(Service.Health.Initial.class),
                            "A new backend serves once its checks have succeeded (down), or at once (up)")
                    .byDefault(Words.of(Service.Health.DEFAULT.initial())),
            SchemaKey.later("panicFloor", ANY_SHARE, "With fewer healthy backends than this, all serve"),
            SchemaKey.later(
                    "quorum",
                    new Whole(0, Service.MAX_BACKENDS),
                    "With fewer healthy backends than this, the VIPs are withdrawn"),
            SchemaKey.later(
                    "slowStart",
                    new Span(Duration.ZERO, Duration.ofHours(1)),
                    "How long a backend that comes back takes to its full weight"));

    private static final Keys ANNOUNCE = Keys.of(
            SchemaKey.of("communities", Listed.of(COMMUNITY), "BGP communities of the service's routes"),
            SchemaKey.of("med", new Whole(0, MAX_32_BITS), "The multi-exit discriminator of the service's routes"));

    private static final Listed PREFIXES = Listed.of(SOURCE).atMost(Sources.MAX_PREFIXES);

    private static final Keys SOURCES = Keys.of(
                    SchemaKey.of("deny", PREFIXES, "Packets from these are dropped"),
                    SchemaKey.of("allow", PREFIXES.atLeastOne(), "Packets from elsewhere are dropped"))
            .notTogether("deny", "allow");

    private static final Keys BACKEND = Keys.of(
            SchemaKey.of("address", ADDRESS, "Where packets are sent, once in a service; IPv6 in quotes")
                    .needed("write the backend's address"),
            SchemaKey.of("weight", new Whole(0, Backend.MAX_WEIGHT), "Its share beside the other backends; 0 drains it")
                    .byDefault(Backend.DEFAULT_WEIGHT),
            SchemaKey.of("drain", TRUTH, "Keeps its connections and takes no new ones")
                    .byDefault(false),
            SchemaKey.of(
                    "port",
                    PORT,
                    "The VIP's port, which needs no saying: packets are not rewritten, so another one is refused"),
            SchemaKey.of(
                    "checkPort",
                    PORT,
                    "Where checks probe this backend, where that is another port than the checks name"),
            SchemaKey.of(
                    "serverId",
                    SERVER_ID,
                    "hash quic: the id in the connection ids that it gives out, 1 to 8 bytes in hex, in quotes"));

    private static final Keys SERVICE = Keys.of(
            SchemaKey.of("vips", Listed.of(VIP).atLeastOne(), "What clients connect to")
                    .needed("write vips: " + ServiceReader.VIPS_EXAMPLE),
            SchemaKey.of(
                    "encap",
                    ENCAP.withoutDefaults(),
                    "How packets travel to a backend; what is left out is as in defaults"),
            SchemaKey.of(
                    "ring",
                    RING.withoutDefaults(),
                    "Which backend takes a new connection; what is left out is as in defaults"),
            SchemaKey.of(
                    "flows",
                    FLOWS.withoutDefaults(),
                    "Whether and how long connections are remembered; what is left out is as in defaults"),
            SchemaKey.of("hash", Choice.of(Service.Hash.class), "What of a new connection chooses its backend")
                    .byDefault(Words.of(Service.Hash.FIVE_TUPLE)),
            SchemaKey.of(
                            "whenEmpty",
                            Choice.of(Service.WhenEmpty.class),
                            "What happens to packets while no backend is usable")
                    .byDefault(Words.of(Service.WhenEmpty.DROP)),
            SchemaKey.of(
                    "checks",
                    Listed.of(CHECK.withoutDefaults()),
                    "How backends are checked; left out: as defaults.check says; []: not at all"),
            SchemaKey.of(
                            "combine",
                            Choice.of(Service.Combine.class, "any"),
                            "A backend is up when all of its checks are")
                    .byDefault(Words.of(Service.Combine.ALL)),
            SchemaKey.of("health", HEALTH, "How the results of checks become health"),
            SchemaKey.of("sources", SOURCES, "Whose packets are taken: deny or allow, not both"),
            SchemaKey.of("backends", Listed.of(BACKEND).atMost(Service.MAX_BACKENDS), "The addresses that serve"),
            SchemaKey.later("announce", ANNOUNCE, "How the service's VIPs are announced"));

    /** The whole file. */
    static final Keys FILE = Keys.of(
            SchemaKey.of("version", new Whole(Config.VERSION, Config.VERSION), "The version of this file's format")
                    .needed("write version: " + Config.VERSION),
            SchemaKey.of("node", NODE, "This machine").needed("write node: {name: lb1, interfaces: [{name: eth0}]}"),
            SchemaKey.of("fleet", FLEET, "The same on every balancer"),
            SchemaKey.of("defaults", DEFAULTS, "What a service has where it says nothing"),
            SchemaKey.of("services", new Named(SERVICE), "The services by name: a-z, 0-9 and -, 1 to 63 of them"));

    private Schema() {}
}
