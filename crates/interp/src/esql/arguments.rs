//! In: the arguments of one call. Out: the same, taken one by one, each checked against the type that the function expects.
//! Guarantee: a wrong number or a wrong type of arguments is refused as the platform refuses it; a string literal is read as the date,
//! address, version, boolean or amount of time that is expected (Elastic docs, "ES|QL implicit casting").

use std::ops::Range;
use std::rc::Rc;

use super::calendar;
use super::cell::{Cell, Value, read_ip};
use super::node::Node;
use super::refuse::{invalid, unknown};
use super::types::Type;
use crate::Refusal;

/// Where a call is and what it may use.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// The call's text.
    pub span: Range<usize>,
    /// The function, in capitals.
    pub name: String,
    /// The instant that is `NOW()`.
    pub now_ms: i64,
    /// Whether functions that make groups are allowed here.
    pub grouping: bool,
}

impl Site {
    /// The platform refuses this call.
    pub(super) fn invalid(&self, message: impl Into<String>) -> Refusal {
        invalid(&self.name, message, self.span.clone())
    }

    /// This interpreter does not know this call.
    pub(super) fn unknown(&self, message: impl Into<String>) -> Refusal {
        unknown(&self.name, message, self.span.clone())
    }
}

/// Arguments, from left to right.
pub(super) struct Arguments {
    /// The call.
    pub site: Site,
    nodes: std::vec::IntoIter<Node>,
    taken: usize,
}

impl Arguments {
    /// The arguments of a call.
    pub(super) fn new(site: Site, nodes: Vec<Node>) -> Self {
        Arguments {
            site,
            nodes: nodes.into_iter(),
            taken: 0,
        }
    }

    /// How many are left.
    pub(super) fn left(&self) -> usize {
        self.nodes.len()
    }

    /// The next, whatever it is.
    pub(super) fn any(&mut self) -> Result<Node, Refusal> {
        self.taken += 1;
        self.nodes
            .next()
            .ok_or_else(|| self.site.invalid("an argument is missing"))
    }

    /// All that are left.
    pub(super) fn rest(&mut self) -> Vec<Node> {
        self.nodes.by_ref().collect()
    }

    /// The next, which must satisfy a test.
    pub(super) fn when(
        &mut self,
        what: &str,
        fits: impl Fn(Type) -> bool,
    ) -> Result<Node, Refusal> {
        let node = self.any()?;
        if node.ty == Type::Null || fits(node.ty) {
            return Ok(node);
        }
        Err(self.site.invalid(format!(
            "argument {} must be {what}, found {}",
            self.taken,
            node.ty.name()
        )))
    }

    /// Keyword or text.
    pub(super) fn text(&mut self) -> Result<Node, Refusal> {
        self.when("a string", Type::is_text)
    }

    /// Any number.
    pub(super) fn number(&mut self) -> Result<Node, Refusal> {
        self.when("a number", Type::is_number)
    }

    /// A whole number.
    pub(super) fn whole(&mut self) -> Result<Node, Refusal> {
        self.when("a whole number", |t| {
            matches!(t, Type::Integer | Type::Long)
        })
    }

    /// One type exactly; a literal is read as it.
    pub(super) fn of(&mut self, ty: Type) -> Result<Node, Refusal> {
        let node = self.any()?;
        coerce(node, ty, &self.site)
    }

    /// A constant text.
    pub(super) fn constant_text(&mut self) -> Result<String, Refusal> {
        let node = self.text()?;
        let value = node.fold_one();
        value
            .as_ref()
            .and_then(Value::str)
            .map(str::to_owned)
            .ok_or_else(|| {
                let at = self.taken;
                self.site
                    .invalid(format!("argument {at} must be a constant"))
            })
    }

    /// A constant whole number.
    pub(super) fn constant_whole(&mut self) -> Result<i64, Refusal> {
        let node = self.whole()?;
        let value = node.fold_one();
        value.as_ref().and_then(Value::whole).ok_or_else(|| {
            let at = self.taken;
            self.site
                .invalid(format!("argument {at} must be a constant"))
        })
    }

    /// None may be left.
    pub(super) fn done(&self) -> Result<(), Refusal> {
        if self.nodes.len() == 0 {
            return Ok(());
        }
        Err(self
            .site
            .invalid(format!("{} arguments too many", self.nodes.len())))
    }
}

/// The node as the type that is expected, when it has it or is a literal that says it.
pub(super) fn coerce(node: Node, ty: Type, site: &Site) -> Result<Node, Refusal> {
    if node.ty == ty || node.ty == Type::Null || (node.ty.is_text() && ty.is_text()) {
        return Ok(node);
    }
    if node.literal && node.ty == Type::Keyword && readable(ty) {
        let mut values = Vec::new();
        let cell = node.fold().unwrap_or_default();
        for value in cell.values() {
            let text = value.str().unwrap_or_default();
            let read = read_text(text, ty).ok_or_else(|| {
                invalid(
                    &site.name,
                    format!("\"{text}\" cannot be read as {}", ty.name()),
                    node.span.clone(),
                )
            })?;
            values.push(read);
        }
        return Ok(Node::constant(Cell::of(values), ty, node.span));
    }
    Err(site.invalid(format!("expected {}, found {}", ty.name(), node.ty.name())))
}

/// Types that string literals are read as.
pub(super) fn readable(ty: Type) -> bool {
    matches!(
        ty,
        Type::Date | Type::Ip | Type::Version | Type::Boolean | Type::Period | Type::Duration
    )
}

/// A text as a value of another type.
pub(super) fn read_text(text: &str, ty: Type) -> Option<Value> {
    match ty {
        Type::Date => calendar::parse(text).map(Value::Date),
        Type::Ip => read_ip(text).map(Value::Ip),
        Type::Version => Some(Value::Version(Rc::from(text))),
        Type::Boolean => Some(Value::Boolean(text.eq_ignore_ascii_case("true"))),
        Type::Period | Type::Duration => {
            let (count, unit) = text.trim().split_once(char::is_whitespace)?;
            let value = amount(count.parse().ok()?, unit.trim())?;
            let fits = matches!(
                (&value, ty),
                (Value::Period(..), Type::Period) | (Value::Duration(_), Type::Duration)
            );
            fits.then_some(value)
        }
        _ => None,
    }
}

/// A number of units as an amount of time (Elastic docs, "ES|QL time spans").
pub(super) fn amount(count: i64, unit: &str) -> Option<Value> {
    let lower = unit.to_ascii_lowercase();
    let duration = |size: i64| count.checked_mul(size).map(Value::Duration);
    match lower.as_str() {
        "millisecond" | "milliseconds" | "ms" => duration(1),
        "second" | "seconds" | "sec" | "s" => duration(1000),
        "minute" | "minutes" | "min" | "m" => duration(60_000),
        "hour" | "hours" | "h" => duration(3_600_000),
        "day" | "days" | "d" => Some(Value::Period(0, count)),
        "week" | "weeks" | "w" => count.checked_mul(7).map(|days| Value::Period(0, days)),
        "month" | "months" | "mo" => Some(Value::Period(count, 0)),
        "quarter" | "quarters" | "q" => count.checked_mul(3).map(|m| Value::Period(m, 0)),
        "year" | "years" | "yr" | "y" => count.checked_mul(12).map(|m| Value::Period(m, 0)),
        _ => None,
    }
}
