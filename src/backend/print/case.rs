//! Notes and functions that a text needs where the engine ignores case and huntc does not.
//!
//! In: the sides of a test, a function of a column. Out: notes where the engine folds otherwise than the language, and a function around text in one case that
//! the engine would take for a wish to ignore case. Guarantee: a note is given only where a column is folded, or a constant has a letter that differs there.

use super::fold;
use super::printer::{Printer, Refusal};
use crate::backend::dialect::fragment::Fragment;
use crate::backend::dialect::render::Holes;
use crate::diag::Code;
use crate::plan::{Expr, ExprKind};
use crate::source::Span;

impl Printer<'_> {
    /// Says how the engine's folding of a column differs, where it does.
    pub fn note_folding(&self, span: Span) {
        let folding = &self.dialect.can().folding;
        if !folding.is_empty() {
            self.note(Code::N0517, span, folding);
        }
    }

    /// Says how the engine's `lower`, or `upper`, differs for letters beyond ASCII, where it does.
    pub fn note_letters(&self, upper: bool, span: Span) {
        let can = self.dialect.can();
        let letters = if upper { &can.uppers } else { &can.lowers };
        if !letters.is_empty() {
            self.note(Code::N0519, span, letters);
        }
    }

    /// Says what an operator that ignores case finds besides the constant's own letters, where it does.
    pub fn note_variants(&self, span: Span) {
        let variants = &self.dialect.can().variants;
        if !variants.is_empty() {
            self.note(Code::N0519, span, variants);
        }
    }

    /// What two sides that are compared with case ignored have to be noted for: two columns, or a constant with letters that have variants.
    pub(super) fn note_case(&self, left: &Expr, right: &Expr) {
        let constant = [left, right].into_iter().find_map(|side| match &side.kind {
            ExprKind::Literal { value, .. } => Some(value),
            _ => None,
        });
        match constant {
            None => {
                self.note_folding(left.span);
                self.note_letters(false, left.span);
            }
            Some(value) if self.dialect.can().folds.needs_note(value) => {
                self.note_variants(left.span)
            }
            Some(_) => {}
        }
    }

    /// Text for a test. Text in one case is wrapped in a function that keeps it as it is, where the engine would take the case for a wish to ignore it.
    pub(super) fn shielded(&self, value: &Expr, at_risk: bool) -> Result<Fragment, Refusal> {
        let text = self.textual(value)?;
        if at_risk && fold::is_cased_text(value) && self.has("shield", &[]) {
            let holes = Holes::new().with("value", &text);
            return self.operator("shield", &[], holes, value.span);
        }
        Ok(text)
    }
}
