/**
 * Looks for what commonly goes wrong, and says what to do about it; changes nothing.
 *
 * <p>{@link dev.ballast.control.doctor.Machine} is what was read of the machine, {@link dev.ballast.control.doctor.Case} that with the
 * state of the daemon; the checks are pure functions of a case. Each of them tells of something every time, that it is well or what is
 * not, so that whoever reads knows what was looked at.
 *
 * <p>On the thread of who asks, over sockets of its own: the control loop is asked for its state and no more.
 */
@NullMarked
package dev.ballast.control.doctor;

import org.jspecify.annotations.NullMarked;
