//! Expressions as text of a target: what all parts of the printer share.
//!
//! In: a dialect, a target, the columns at hand. Out: literals, names, single operators. Guarantee: no branch on which engine it is; what a dialect does not
//! say is refused with its reason.

use super::bindings::Bindings;
use super::marked::{Forms, Marked};
use super::scope::{Facts, Scope};
use crate::backend::dialect::fragment::{Fragment, Level};
use crate::backend::dialect::loaded::{Dialect, DialectFault, Entry, Kind, variants_of};
use crate::backend::dialect::quote::{Quoting, instant};
use crate::backend::dialect::render::Holes;
use crate::backend::target::Target;
use crate::diag::{Code, Diagnostic};
use crate::plan::{Column, Expr, ExprKind};
use crate::source::Span;
use crate::value::Value;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Why something cannot be printed; always an error with the target's name.
pub(crate) type Refusal = Box<Diagnostic>;

/// Prints expressions for one target. Stages change `scope` as they go.
pub struct Printer<'a> {
    /// How the engine says things.
    pub dialect: &'a Dialect,
    /// Whom the text is for.
    pub target: &'a Target,
    /// The columns at hand.
    pub scope: Scope,
    /// Lists and maps named before the query.
    pub bindings: RefCell<Bindings>,
    /// Whether the filter at hand is the first step after `from`, where searches are allowed.
    pub first_filter: std::cell::Cell<bool>,
    /// What the clock of the run is cut to, where a rolled-up table is read.
    pub grain: Option<i64>,
    /// Remarks that were made already, and those for the step at hand.
    remarks: RefCell<(BTreeSet<String>, Vec<String>)>,
    /// Reasons of notes that were said already, and the notes.
    notes: RefCell<(BTreeSet<String>, Vec<Diagnostic>)>,
}

impl<'a> Printer<'a> {
    /// A printer over the rows of the table.
    #[must_use]
    pub fn new(dialect: &'a Dialect, target: &'a Target) -> Printer<'a> {
        Printer {
            dialect,
            target,
            scope: Scope::new(),
            bindings: RefCell::new(Bindings::default()),
            first_filter: std::cell::Cell::new(false),
            grain: None,
            remarks: RefCell::default(),
            notes: RefCell::default(),
        }
    }

    /// What is known of a value.
    #[must_use]
    pub fn facts(&self, value: &Expr) -> Facts {
        self.scope.facts(value, self.dialect)
    }

    /// A name, quoted where needed.
    #[must_use]
    pub fn name(&self, name: &str) -> Fragment {
        self.dialect.quoting.name_fragment(name)
    }

    /// The operator `name`, in the first variant that the dialect has.
    ///
    /// # Errors
    /// The dialect says that the engine cannot, or is faulty.
    pub fn operator(
        &self,
        name: &str,
        variants: &[&str],
        holes: Holes,
        span: Span,
    ) -> Result<Fragment, Refusal> {
        self.entry("operators", name, variants, holes, span)
    }

    /// The operator `name` for each of many needles, which are all literals: the pattern is rendered once, with marks in their place. A list may have
    /// tens of thousands of needles, and the template engine takes ten times as long for one as it takes to put the texts together.
    ///
    /// # Errors
    /// The dialect says that the engine cannot, or is faulty.
    pub(super) fn operators_alike(
        &self,
        name: &str,
        needles: &[Forms],
        holes: impl Fn(&Forms) -> Holes,
        span: Span,
    ) -> Result<Vec<Fragment>, Refusal> {
        let Some((key, entry)) = self.dialect.operator(name, &[]) else {
            return Err(self.refuse(span, name, "the dialect has no form for it"));
        };
        self.note_entry(entry, span);
        if let Some(reason) = &entry.unsupported {
            return Err(self.refuse(span, name, reason));
        }
        let render = |needles: &[Forms]| {
            self.dialect
                .render_each("operators", &key, needles.iter().map(&holes))
                .map_err(|fault| self.faulty(&fault, span))
        };
        let [first, rest @ ..] = needles else {
            return Ok(Vec::new());
        };
        let marks = Marked::marks();
        let mut tests = render(&[first.clone(), marks])?;
        if let (Some(marked), Some(one)) = (tests.pop(), tests.first()) {
            let marked = Marked::new(&marked);
            if marked.filled(first) == *one {
                tests.extend(rest.iter().map(|needle| marked.filled(needle)));
                return Ok(tests);
            }
        }
        // A pattern that looks into its needle.
        render(needles)
    }

    /// An entry of a section, in the first variant that the dialect has.
    ///
    /// # Errors
    /// The dialect says that the engine cannot, or is faulty.
    pub fn entry(
        &self,
        section: &str,
        name: &str,
        variants: &[&str],
        holes: Holes,
        span: Span,
    ) -> Result<Fragment, Refusal> {
        match self.dialect.entry(section, &variants_of(name, variants)) {
            Some((key, entry)) => {
                self.note_entry(entry, span);
                if let Some(reason) = &entry.unsupported {
                    return Err(self.refuse(span, name, reason));
                }
                self.dialect
                    .render(section, &key, holes)
                    .map_err(|fault| self.faulty(&fault, span))
            }
            None => Err(self.refuse(span, name, "the dialect has no form for it")),
        }
    }

    /// Whether the dialect has the operator, in a variant or plain.
    #[must_use]
    pub fn has(&self, name: &str, variants: &[&str]) -> bool {
        self.dialect
            .operator(name, variants)
            .is_some_and(|(_, entry)| entry.pattern.is_some())
    }

    fn note_entry(&self, entry: &Entry, span: Span) {
        if let Some(note) = &entry.note {
            self.note(Code::N0511, span, note);
        }
        if let Some(remark) = &entry.remark {
            self.remark(remark);
        }
    }

    /// Explains a construct in a comment above the step at hand, once per query.
    pub fn remark(&self, text: &str) {
        let mut remarks = self.remarks.borrow_mut();
        if remarks.0.insert(text.to_owned()) {
            remarks.1.push(text.to_owned());
        }
    }

    /// The remarks for the step at hand, as comments.
    pub fn take_remarks(&self) -> Vec<String> {
        let remarks = std::mem::take(&mut self.remarks.borrow_mut().1);
        let comment = &self.dialect.file.comment;
        let line = |remark: String| format!("{comment} {}", Fragment::comment(&remark).as_str());
        remarks.into_iter().map(line).collect()
    }

    /// Says something once per query.
    pub fn note(&self, code: Code, span: Span, text: &str) {
        let mut notes = self.notes.borrow_mut();
        if notes.0.insert(text.to_owned()) {
            let note = Diagnostic::at(code, span, text).target(self.target.name.clone());
            notes.1.push(note);
        }
    }

    /// Whether the value is a column as the table holds it, of which it is not known that it holds one value.
    #[must_use]
    pub fn may_be_several(&self, column: &Expr) -> bool {
        match &column.kind {
            ExprKind::Column(Column::Native(native)) => {
                !self.dialect.can().several_values.is_empty()
                    && !native.multi
                    && native.nullable
                    && self.scope.get(&native.name).is_none()
                    && !self.scope.known_present().contains(&native.name)
            }
            _ => false,
        }
    }

    /// Says what becomes of several values in a column that is grouped, collected or returned as it is.
    pub fn note_several(&self, value: &Expr) {
        if super::values::root(value).is_some_and(|column| self.may_be_several(column)) {
            self.note(Code::N0518, value.span, &self.dialect.can().several_values);
        }
    }

    /// The notes made so far.
    #[must_use]
    pub fn take_notes(&self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.notes.borrow_mut().1)
    }

    /// A refusal: the construct, the target and the reason.
    #[must_use]
    pub fn refuse(&self, span: Span, construct: &str, reason: &str) -> Refusal {
        Box::new(
            Diagnostic::at(
                Code::E0511,
                span,
                format!(
                    "target `{}` ({}) cannot say `{construct}`",
                    self.target.name, self.dialect.file.title
                ),
            )
            .label("not for this target")
            .help(reason)
            .target(self.target.name.clone()),
        )
    }

    /// An error in the dialect, met while printing.
    #[must_use]
    pub fn faulty(&self, fault: &DialectFault, span: Span) -> Refusal {
        let title = format!(
            "the entry `{}` of the dialect is faulty: {}",
            fault.place, fault.message
        );
        let found = Diagnostic::at(Code::E0512, span, title).target(self.target.name.clone());
        Box::new(match &self.dialect.own {
            Some(path) => found.help(format!(
                "the dialect is changed in {}: correct the entry there",
                path.display()
            )),
            None => found,
        })
    }

    /// A literal.
    ///
    /// # Errors
    /// Values that the engine has no literal for.
    pub fn literal(&self, value: &Value, kind: Kind, span: Span) -> Result<Fragment, Refusal> {
        let none = |what: &str| self.refuse(span, what, "the engine has no literal for it");
        match value {
            Value::Missing => self.nothing(kind, span),
            Value::Bool(yes) => {
                let literals = self.dialect.file.literals.as_ref();
                let word = literals.map(|l| if *yes { &l.yes } else { &l.no });
                Ok(Fragment::word(word.map_or("", String::as_str)))
            }
            Value::Int(number) => self.integer(*number, span),
            Value::Float(number) => {
                let size = Fragment::word(&Quoting::float(number.abs()));
                if number.is_sign_negative() {
                    self.operator("negative", &[], Holes::new().with("value", &size), span)
                } else {
                    Ok(size)
                }
            }
            Value::Text(text) => self.text(text, span),
            Value::Time(at) => {
                let text = instant(*at).ok_or_else(|| none("an instant outside the calendar"))?;
                let holes = Holes::new()
                    .with("text", &self.text(&text, span)?)
                    .with("plain", &Fragment::word(&text))
                    .with("milliseconds", &self.integer(*at, span)?);
                self.operator("time", &[], holes, span)
            }
            Value::Duration(length) => {
                let holes = Holes::new()
                    .with("text", &self.interval(*length))
                    .with("milliseconds", &self.integer(*length, span)?);
                self.operator("duration", &[], holes, span)
            }
            Value::Set(_) | Value::OneOf(_) | Value::SomeOf { .. } => Err(none("a set")),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// The dialect is faulty.
    pub fn integer(&self, number: i64, span: Span) -> Result<Fragment, Refusal> {
        if number == i64::MIN {
            return Err(self.refuse(
                span,
                "-9223372036854775808",
                "the engine reads the number before its sign, and it is too great",
            ));
        }
        let size = Fragment::count(number.unsigned_abs());
        if number < 0 {
            self.operator("negative", &[], Holes::new().with("value", &size), span)
        } else {
            Ok(size)
        }
    }

    /// A text literal.
    ///
    /// # Errors
    /// Characters that the engine cannot write.
    pub fn text(&self, text: &str, span: Span) -> Result<Fragment, Refusal> {
        self.dialect
            .quoting
            .text(text)
            .map(|literal| Fragment::rendered(literal, Level::ATOM))
            .map_err(|reason| self.refuse(span, "this text", &reason))
    }

    /// A length of time as it is written beside a time: `24h`, `24 hours`.
    #[must_use]
    pub fn interval(&self, milliseconds: i64) -> Fragment {
        Fragment::word(&self.dialect.quoting.duration(milliseconds))
    }

    /// The missing value of a kind.
    ///
    /// # Errors
    /// The dialect is faulty.
    pub fn nothing(&self, kind: Kind, span: Span) -> Result<Fragment, Refusal> {
        self.operator("nothing", &[kind.as_str()], Holes::new(), span)
    }

    /// The instant of the run, less a length of time.
    ///
    /// # Errors
    /// The dialect is faulty.
    pub fn instant(&self, before: i64, span: Span) -> Result<Fragment, Refusal> {
        if self.grain.is_some() {
            return self.instant_on_grain(before, span);
        }
        if let Some(now) = self.target.now {
            let at = now.checked_sub(before).unwrap_or(now);
            return self.literal(&Value::Time(at), Kind::Time, span);
        }
        let now = self.operator("now", &[], Holes::new(), span)?;
        if before == 0 {
            return Ok(now);
        }
        let length = self.interval(before);
        let holes = Holes::new().with("left", &now).with("right", &length);
        self.operator("subtract", &["now_literal", "time_literal"], holes, span)
    }
}
