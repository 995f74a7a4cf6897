//! The random numbers that made events are chosen with.
//!
//! In: a seed. Out: numbers. Guarantee: the same seed gives the same numbers on every machine.

/// Numbers that look random, the same for each seed.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(super) fn below(&mut self, most: usize) -> usize {
        let most = u64::try_from(most.max(1)).unwrap_or(1);
        usize::try_from((self.next() >> 11) % most).unwrap_or(0)
    }

    pub(super) fn within(&mut self, length: i64) -> i64 {
        let length = u64::try_from(length.max(1)).unwrap_or(1);
        i64::try_from((self.next() >> 11) % length).unwrap_or(0)
    }

    pub(super) fn pick<T: Clone>(&mut self, items: &[T]) -> Option<T> {
        let at = self.below(items.len());
        items.get(at).cloned()
    }
}
