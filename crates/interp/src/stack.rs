//! Room on the stack for what is nested.
//!
//! In: a step of a recursion. Out: its result. Guarantee: the step has [`ROOM`] bytes of stack at least, whatever thread it runs on. The caller bounds how deep
//! it goes, since what is nested is dropped by recursion too, and that without asking for room.

/// What a step needs until the next one asks; frames of builds without optimisation are large.
const ROOM: usize = 256 << 10;
/// What is added at once.
const SEGMENT: usize = 2 << 20;

/// Runs a step of a recursion.
pub(crate) fn with_room<T>(step: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(ROOM, SEGMENT, step)
}
