//! Refusals on their way out.
//!
//! In: a place, a name, a sentence. Out: [`Fault`], a boxed [`Refusal`]. Guarantee: which kind it is, is said where it is made.

use crate::budget::Spent;
use crate::{Refusal, RefusalKind};
use std::ops::Range;

/// A refusal; boxed, because results are passed through many hands.
pub(super) type Fault = Box<Refusal>;

fn fault(
    kind: RefusalKind,
    span: Range<usize>,
    construct: &str,
    message: impl Into<String>,
) -> Fault {
    Box::new(Refusal {
        kind,
        construct: construct.to_owned(),
        message: message.into(),
        span,
    })
}

/// The platform refuses this.
pub(super) fn invalid(span: Range<usize>, construct: &str, message: impl Into<String>) -> Fault {
    fault(RefusalKind::Invalid, span, construct, message)
}

/// This interpreter does not know.
pub(super) fn unknown(span: Range<usize>, construct: &str, message: impl Into<String>) -> Fault {
    fault(RefusalKind::Unknown, span, construct, message)
}

/// The run fails.
pub(super) fn failed(span: Range<usize>, construct: &str, message: impl Into<String>) -> Fault {
    fault(RefusalKind::Failed, span, construct, message)
}

/// The run needs more than it may use.
pub(super) fn over(span: Range<usize>, spent: Spent) -> Fault {
    fault(RefusalKind::Budget, span, spent.name(), spent.to_string())
}
