package dev.ballast.ring;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;

/** What {@link Maglev} describes, word for word: a queue of turns, and a probe of one slot after the other. */
final class NaiveMaglev {
    /** A member of weight above 0; {@code turn} counts from 1. */
    private static final class Player {
        final RingMember member;
        final int skip;
        final long tieBreak;
        int next;
        long turn = 1;

        Player(RingMember member, int slots, HashKey secret) {
            this.member = member;
            next = (int) Long.remainderUnsigned(hash(member.key(), 0, secret), slots);
            skip = 1 + (int) Long.remainderUnsigned(hash(member.key(), 1, secret), slots - 1);
            tieBreak = hash(member.key(), 2, secret);
        }

        private static long hash(RingKey key, int use, HashKey secret) {
            return SipHash.hash(
                    secret,
                    ByteBuffer.allocate(key.bytes() + 1)
                            .put(key.toBytes())
                            .put((byte) use)
                            .array());
        }

        /** (turn - 1/2) / weight of the one against the other. */
        int compareMoment(Player other) {
            return Long.compare((2 * turn - 1) * other.member.weight(), (2 * other.turn - 1) * member.weight());
        }
    }

    private static final Comparator<Player> BY_MOMENT = ((Comparator<Player>) Player::compareMoment)
            .thenComparing(player -> -player.member.weight())
            .thenComparing(player -> player.tieBreak, Long::compareUnsigned)
            .thenComparing(player -> player.member.key());

    private NaiveMaglev() {}

    static Ring build(Collection<RingMember> members, RingSize size, HashKey secret) {
        short[] slots = new short[size.slots()];
        Arrays.fill(slots, (short) Ring.NO_MEMBER);
        PriorityQueue<Player> turns = new PriorityQueue<>(BY_MOMENT);
        Map<Integer, RingKey> keys = new HashMap<>();
        for (RingMember member : members) {
            if (member.weight() > 0) {
                turns.add(new Player(member, slots.length, secret));
                keys.put(member.index(), member.key());
            }
        }
        for (int free = turns.isEmpty() ? 0 : slots.length; free > 0; free--) {
            Player player = turns.remove();
            while (slots[player.next] != (short) Ring.NO_MEMBER) {
                player.next = (player.next + player.skip) % slots.length;
            }
            slots[player.next] = (short) player.member.index();
            player.turn++;
            turns.add(player);
        }
        return new Ring(size, slots, keys);
    }
}
