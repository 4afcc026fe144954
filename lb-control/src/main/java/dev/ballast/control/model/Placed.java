package dev.ballast.control.model;

/** A value together with its place, for rules that look across the file. */
record Placed<T>(T value, String path, Position at) {}
