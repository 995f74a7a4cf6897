//! Diagnostics as an error of Rust.
//!
//! In: what a step of the path found. Out: [`Diagnostics`], for `?`. Guarantee: at least one of them is an error; the text names each by its code,
//! without places: [`Compiler::render`](super::Compiler::render) shows these.

use crate::diag::{Diagnostic, Severity};
use std::fmt;

/// Why a step of the path has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl From<Vec<Diagnostic>> for Diagnostics {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Diagnostics(diagnostics)
    }
}

impl std::ops::Deref for Diagnostics {
    type Target = [Diagnostic];

    fn deref(&self) -> &[Diagnostic] {
        &self.0
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, diagnostic) in self.0.iter().enumerate() {
            let severity = match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            };
            let gap = if at == 0 { "" } else { "\n" };
            let (code, title) = (diagnostic.code, &diagnostic.title);
            write!(f, "{gap}{severity}[{code}]: {title}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
