//! In: what is wrong and where. Out: a [`Refusal`].
//! Guarantee: one constructor for each kind, so that every refusal names its construct and its place.

use std::ops::Range;

use crate::budget::Spent;
use crate::{Refusal, RefusalKind};

/// The platform refuses this.
pub(super) fn invalid(construct: &str, message: impl Into<String>, span: Range<usize>) -> Refusal {
    of(RefusalKind::Invalid, construct, message.into(), span)
}

/// The platform may know this; the interpreter does not.
pub(super) fn unknown(construct: &str, message: impl Into<String>, span: Range<usize>) -> Refusal {
    of(RefusalKind::Unknown, construct, message.into(), span)
}

/// The run would fail.
pub(super) fn failed(construct: &str, message: impl Into<String>, span: Range<usize>) -> Refusal {
    of(RefusalKind::Failed, construct, message.into(), span)
}

/// The run needs more than it may use.
pub(super) fn over(spent: Spent, span: Range<usize>) -> Refusal {
    of(RefusalKind::Budget, spent.name(), spent.to_string(), span)
}

fn of(kind: RefusalKind, construct: &str, message: String, span: Range<usize>) -> Refusal {
    Refusal {
        kind,
        construct: construct.to_owned(),
        message,
        span,
    }
}
