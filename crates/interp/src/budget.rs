//! What a query may use up.
//!
//! In: [`Limits`], and charges as a run goes on. Out: the first limit that was exceeded. Guarantee: a run that charges before it allocates
//! ends in a refusal with the name of the limit, never in an abort of the process. Both interpreters charge one budget for each run; a limit is this
//! interpreter's own, the platform has others.

use std::cell::Cell;
use std::fmt;

/// How much of each resource a run may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rows that sources and multiplying operators make, all together.
    pub rows: u64,
    /// Bytes of rows, lists and texts that are made, all together; what is freed is not given back.
    pub bytes: u64,
    /// Steps of computation; a value that is computed for a row is one.
    pub steps: u64,
}

impl Default for Limits {
    /// Enough for samples of a hundred thousand events, and within the memory of a small machine.
    fn default() -> Limits {
        Limits {
            rows: 5_000_000,
            bytes: 1 << 30,
            steps: 400_000_000,
        }
    }
}

/// A resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    /// See [`Limits::rows`].
    Rows,
    /// See [`Limits::bytes`].
    Bytes,
    /// See [`Limits::steps`].
    Steps,
}

/// The limit that a run exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spent {
    /// Of which resource.
    pub(crate) resource: Resource,
    /// How much was allowed.
    pub(crate) limit: u64,
}

impl Spent {
    /// What a refusal calls the limit.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self.resource {
            Resource::Rows => "budget of rows",
            Resource::Bytes => "budget of bytes",
            Resource::Steps => "budget of steps",
        }
    }
}

impl fmt::Display for Spent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (limit, unit) = match self.resource {
            Resource::Rows => (self.limit, "rows"),
            Resource::Bytes if self.limit >= 1 << 20 => (self.limit >> 20, "MiB"),
            Resource::Bytes => (self.limit, "bytes"),
            Resource::Steps => (self.limit, "steps"),
        };
        write!(
            out,
            "the query needs more than {limit} {unit}, which is this interpreter's limit"
        )
    }
}

/// What is left for a run. Charges are interior, so that closures can charge too; those that cannot stop rely on [`Budget::check`] being called later.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Limits,
    rows: Cell<u64>,
    bytes: Cell<u64>,
    steps: Cell<u64>,
    spent: Cell<Option<Spent>>,
}

impl Budget {
    /// A budget of which nothing is used.
    #[must_use]
    pub(crate) fn new(limits: Limits) -> Budget {
        Budget {
            limits,
            rows: Cell::new(0),
            bytes: Cell::new(0),
            steps: Cell::new(0),
            spent: Cell::new(None),
        }
    }

    /// Charges rows.
    ///
    /// # Errors
    /// The first limit that the run exceeded, from then on with every charge.
    pub(crate) fn rows(&self, count: usize) -> Result<(), Spent> {
        self.charge(&self.rows, Resource::Rows, self.limits.rows, count)
    }

    /// Charges bytes.
    ///
    /// # Errors
    /// As [`Budget::rows`].
    pub(crate) fn bytes(&self, count: usize) -> Result<(), Spent> {
        self.charge(&self.bytes, Resource::Bytes, self.limits.bytes, count)
    }

    /// Charges steps.
    ///
    /// # Errors
    /// As [`Budget::rows`].
    pub(crate) fn steps(&self, count: usize) -> Result<(), Spent> {
        self.charge(&self.steps, Resource::Steps, self.limits.steps, count)
    }

    /// Whether any limit was exceeded.
    ///
    /// # Errors
    /// As [`Budget::rows`].
    pub(crate) fn check(&self) -> Result<(), Spent> {
        self.spent.get().map_or(Ok(()), Err)
    }

    fn charge(
        &self,
        used: &Cell<u64>,
        resource: Resource,
        limit: u64,
        count: usize,
    ) -> Result<(), Spent> {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        used.set(used.get().saturating_add(count));
        if used.get() > limit && self.spent.get().is_none() {
            self.spent.set(Some(Spent { resource, limit }));
        }
        self.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_limit_that_is_exceeded_is_kept() {
        let budget = Budget::new(Limits {
            rows: 10,
            bytes: 100,
            steps: 1000,
        });
        assert_eq!(budget.rows(10), Ok(()));
        let spent = Spent {
            resource: Resource::Bytes,
            limit: 100,
        };
        assert_eq!(budget.bytes(101), Err(spent));
        assert_eq!(budget.rows(1), Err(spent));
        assert_eq!(budget.steps(1), Err(spent));
        assert_eq!(budget.check(), Err(spent));
    }

    #[test]
    fn a_charge_does_not_overflow() {
        let budget = Budget::new(Limits::default());
        assert!(budget.bytes(usize::MAX).is_err());
        assert!(budget.bytes(usize::MAX).is_err());
    }
}
