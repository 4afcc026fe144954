package dev.ballast.control.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;

/** Valid configurations from a seed: every value that a file can give occurs. */
public final class RandomConfigs {
    private static final String[] NAMES = {"web", "0", "10", "0x1f", "1e5", "true", "null", "no", "a-b", "9m", "5-tuple"
    };

    private final Random random;

    /** VIPs and backends are drawn from different networks, each address once, so that no two of them meet. */
    private int nextVip;

    private RandomConfigs(long seed) {
        random = new Random(seed);
    }

    /** The one of a seed. */
    public static Config config(long seed) {
        return new RandomConfigs(seed).config();
    }

    private Config config() {
        Defaults defaults = random.nextBoolean() ? Defaults.BUILT_IN : defaults();
        Map<String, Service> services = new LinkedHashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            String name = NAMES[random.nextInt(NAMES.length)];
            services.put(name, service(name, defaults));
        }
        return new Config(
                Config.VERSION,
                node(),
                new Fleet(random.nextBoolean() ? Optional.empty() : Optional.of(new Percent(range(0, 10_000)))),
                defaults,
                services);
    }

    private Node node() {
        Set<String> names = new LinkedHashSet<>(
                some(1, 3, () -> pick("eth0", "bond0.100", "1", "null", "y", "a\"b", "{x}", "#", "-", "e,f")));
        return new Node(
                pick(NAMES),
                Node.Source.FILE,
                names.stream()
                        .map(name -> new Node.Interface(name, pick(Node.Generic.values())))
                        .toList(),
                new Node.Limits(
                        1L << range(19, 27),
                        range(100, 65_535),
                        range(1_000, 262_144),
                        1024L * range(8 << 10, 512 << 10)),
                new Node.Api(pick("ballast", "_x", "no", "root")),
                new Node.Http(pick(Node.Http.DEFAULT.listen(), new Endpoint(Address.parse("2001:db8::1"), 80))),
                new Node.Log(pick(Node.Log.Level.values())));
    }

    private Defaults defaults() {
        return new Defaults(encap(), ring(), flows(), check(random.nextBoolean() ? Check.PORT_OF_VIP : port()));
    }

    private Encap encap() {
        return switch (pick(Encap.Type.values())) {
            case IPIP ->
                new Encap.Ipip(
                        random.nextBoolean()
                                ? Optional.empty()
                                : Optional.of(
                                        Prefix.around(Address.parse("100.64." + range(0, 255) + ".0"), range(16, 31))));
            case GUE -> new Encap.Gue(random.nextBoolean() ? Encap.Gue.DEFAULT_PORT : port());
            case L2 -> new Encap.L2();
        };
    }

    private Ring ring() {
        Ring.Algorithm algorithm = pick(Ring.Algorithm.values());
        int size = algorithm == Ring.Algorithm.MAGLEV ? range(251, 5_000) : range(5_000, 131_000);
        return new Ring(Ring.nearestSize(size), algorithm, Duration.ofSeconds(range(0, 3_600)));
    }

    private Flows flows() {
        return new Flows(random.nextBoolean(), duration(10_000, 6_600_000), duration(10_000, 6_600_000));
    }

    private Check check(int port) {
        Duration interval = duration(100, 3_600_000);
        return new Check(
                Check.Type.TCP,
                Check.Path.DIRECT,
                port,
                interval,
                duration(10, (int) interval.toMillis()),
                range(1, 100),
                range(1, 100),
                new Percent(range(0, 5_000)));
    }

    private Service service(String name, Defaults defaults) {
        List<Vip> vips = some(1, 4, this::vip);
        Service.Hash hash = pick(Service.Hash.values());
        if (vips.stream().anyMatch(vip -> vip.protocol() == Vip.Protocol.TCP)) {
            hash = Service.Hash.FIVE_TUPLE;
        }
        List<Check> checks = checks(defaults, vips);
        List<Backend> backends =
                backends(hash, checks.stream().map(Check::port).distinct().count() == 1);
        Encap encap = random.nextBoolean() ? defaults.encap() : encap();
        if (encap.type() == Encap.Type.L2 && !areOfOneFamily(vips, backends)) {
            encap = Encap.IPIP;
        }
        return new Service(
                name,
                vips,
                encap,
                random.nextBoolean() ? defaults.ring() : ring(),
                random.nextBoolean() ? defaults.flows() : flows(),
                hash,
                Service.WhenEmpty.DROP,
                checks,
                Service.Combine.ALL,
                new Service.Health(pick(Service.Health.Initial.values())),
                sources(),
                backends);
    }

    private static boolean areOfOneFamily(List<Vip> vips, List<Backend> backends) {
        return vips.stream()
                .allMatch(vip ->
                        backends.stream().allMatch(backend -> backend.address().family() == vip.family()));
    }

    private Sources sources() {
        Sources.Rule rule = pick(Sources.Rule.values());
        return Sources.of(rule, some(rule == Sources.Rule.ALLOW ? 1 : 0, 5, this::source));
    }

    private Prefix source() {
        return random.nextBoolean()
                ? Prefix.around(new Address(Address.Family.IPV4, 0, random.nextLong() >>> 32), range(0, 32))
                : Prefix.around(new Address(Address.Family.IPV6, random.nextLong(), random.nextLong()), range(0, 128));
    }

    private List<Check> checks(Defaults defaults, List<Vip> vips) {
        Set<Check> checks = new LinkedHashSet<>();
        if (random.nextBoolean()) {
            CheckReader.withPort(defaults.check(), vips).ifPresent(checks::add);
        }
        checks.addAll(some(0, 2, () -> check(port())));
        if (random.nextBoolean()) {
            checks.add(defaults.check().withPort(port()));
        }
        return List.copyOf(checks);
    }

    private Vip vip() {
        int number = nextVip++;
        Prefix prefix = switch (random.nextInt(4)) {
            case 0 -> Prefix.of(Address.parse("203.0.113." + number));
            case 1 -> Prefix.of(Address.parse("2001:db8:0:0:%x::%x".formatted(random.nextInt(3), number + 1)));
            case 2 -> Prefix.around(Address.parse("198.18." + number + ".255"), range(24, 32));
            default -> Prefix.around(Address.parse("2001:db8:0:1:" + number + "::1"), range(80, 128));
        };
        return new Vip(
                prefix, random.nextInt(4) == 0 ? Vip.ANY_PORT : pick(80, 443, port()), pick(Vip.Protocol.values()));
    }

    private List<Backend> backends(Service.Hash hash, boolean checkedOnOnePort) {
        Set<Address> addresses = new LinkedHashSet<>(some(
                0,
                6,
                () -> random.nextBoolean()
                        ? Address.parse("10.0." + random.nextInt(256) + "." + random.nextInt(256))
                        : new Address(
                                Address.Family.IPV6, 0x20010db8_00020000L, random.nextLong() >> random.nextInt(64))));
        List<Backend> backends = new ArrayList<>();
        int idLength = range(1, ServerId.MAX_LENGTH);
        for (Address address : addresses) {
            ServerId id = new ServerId(
                    backends.size() + ((random.nextLong() & -256) >>> 8 * (8 - idLength) & -256), idLength);
            backends.add(new Backend(
                    address,
                    random.nextInt(4) == 0 ? 0 : range(1, 10_000),
                    random.nextBoolean(),
                    checkedOnOnePort && random.nextBoolean() ? Optional.of(port()) : Optional.empty(),
                    hash == Service.Hash.QUIC && random.nextBoolean() ? Optional.of(id) : Optional.empty()));
        }
        return backends;
    }

    private Duration duration(int minMs, int maxMs) {
        int ms = range(minMs, maxMs);
        int unit = pick(1, 1_000, 60_000);
        return Duration.ofMillis(Math.max(minMs, ms / unit * unit));
    }

    private int port() {
        return range(1, 65_535);
    }

    private int range(int min, int max) {
        return random.nextInt(min, max + 1);
    }

    @SafeVarargs
    private <T> T pick(T... values) {
        return values[random.nextInt(values.length)];
    }

    private <T> List<T> some(int min, int max, Supplier<T> supplier) {
        List<T> values = new ArrayList<>();
        for (int i = range(min, max); i > 0; i--) {
            values.add(supplier.get());
        }
        return values;
    }
}
