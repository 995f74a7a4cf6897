//! Unknown names.
//!
//! In: a name of `huntc.yaml`, and those that there are. Out: the error, which puts the nearest in its place.

use crate::diag::{Code, Diagnostic, suggest};
use crate::source::Spanned;

/// The error on a name that is none of `names`; `near` is the one that was meant, where the caller knows better than its spelling.
pub(super) fn unknown(
    code: Code,
    what: &str,
    name: &Spanned<String>,
    names: &[&str],
    near: Option<&str>,
) -> Diagnostic {
    let fault = Diagnostic::at(
        code,
        name.span,
        format!("there is no {what} `{}`", name.value),
    );
    let fault = match near.or_else(|| suggest::nearest(&name.value, names.iter().copied())) {
        Some(near) => fault.fix(name.span, near, format!("the nearest {what}")),
        None => fault,
    };
    // What is near may still not be what was meant.
    fault.help(format!("there are {}", names.join(", ")))
}
