package dev.ballast.ring;

import java.util.Arrays;

/** A binary heap of (distance, node) pairs on two arrays, nearest first; a node may be in it several times. One thread. */
final class DistanceQueue {
    private long[] distance = new long[64];
    private int[] node = new int[64];
    private int size;

    void clear() {
        size = 0;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void add(int newNode, long newDistance) {
        if (size == node.length) {
            distance = Arrays.copyOf(distance, 2 * size);
            node = Arrays.copyOf(node, 2 * size);
        }
        int at = size++;
        while (at > 0 && newDistance < distance[(at - 1) / 2]) {
            distance[at] = distance[(at - 1) / 2];
            node[at] = node[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        distance[at] = newDistance;
        node[at] = newNode;
    }

    /** Takes out the nearest; there must be one. */
    int remove() {
        int nearest = node[0];
        size--;
        long lastDistance = distance[size];
        int lastNode = node[size];
        int at = 0;
        for (int child = 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && distance[child + 1] < distance[child]) {
                child++;
            }
            if (lastDistance <= distance[child]) {
                break;
            }
            distance[at] = distance[child];
            node[at] = node[child];
            at = child;
        }
        distance[at] = lastDistance;
        node[at] = lastNode;
        return nearest;
    }
}
