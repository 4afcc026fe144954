package dev.ballast.control.model;

/** What is the same on every balancer of a fleet. Nothing of it is in this build: a balancer stands alone. */
public record Fleet() {}
