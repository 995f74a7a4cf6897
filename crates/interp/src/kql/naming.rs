//! The names that columns get when the query gives them none.
//!
//! In: expressions and their scope. Out: names. Guarantee: as measured on the engine and reported by Microsoft's binder: a conversion keeps the name of its
//! column, an aggregate puts its own before it (<https://learn.microsoft.com/en-us/kusto/query/project-operator>).

use super::ast::{Expr, Kind, Named};
use super::cell::Cell;
use super::fault::{self, Fault};
use super::scope::Column;
use std::collections::HashSet;
use std::rc::Rc;

/// Functions that keep the name of their first argument.
const KEEPS: &[&str] = &[
    "split",
    "tostring",
    "tohex",
    "todynamic",
    "toobject",
    "tolong",
    "toint",
    "toreal",
    "todouble",
    "todatetime",
    "totimespan",
    "totime",
    "tobool",
    "toboolean",
    "todecimal",
    "toguid",
    "parsejson",
    "parse_json",
    "format_datetime",
    "format_timespan",
    "startofday",
    "bin",
    "floor",
    "bin_at",
    "binary_and",
    "binary_or",
    "binary_xor",
    "binary_not",
    "binary_shift_right",
    "binary_shift_left",
    "series_outliers",
    "series_fill_backward",
    "series_fill_forward",
    "series_fill_const",
    "series_fill_linear",
    "round",
    "ceiling",
    "sqrt",
    "log",
    "log2",
    "log10",
    "exp",
    "exp2",
    "cos",
    "sin",
    "tan",
    "acos",
    "asin",
    "atan",
    "atan2",
    "abs",
    "take_any",
    "take_anyif",
    "binary_all_or",
    "binary_all_and",
    "binary_all_xor",
];

/// Aggregates and what they put before the name of their first argument.
fn prefix(function: &str) -> Option<&str> {
    Some(match function {
        "makelist" | "make_list" | "make_list_if" | "make_list_with_nulls" => "list",
        "makeset" | "make_set" | "make_set_if" => "set",
        "make_bag" | "make_bag_if" => "bag",
        "sum" | "sumif" | "count" | "countif" | "dcount" | "dcountif" | "min" | "minif" | "max"
        | "maxif" | "avg" | "avgif" | "stdev" | "stdevif" | "stdevp" | "variance"
        | "varianceif" | "variancep" | "any" | "anyif" | "count_distinct" | "count_distinctif" => {
            function
        }
        _ => return None,
    })
}

/// The name of an expression, if it has one.
pub(super) fn of(expr: &Expr) -> Option<String> {
    match &expr.kind {
        Kind::Name(name) => Some(name.clone()),
        Kind::Path(base, key) => Some(part(base, key)),
        Kind::Index(base, index) => match &index.kind {
            Kind::Literal(Cell::Text(key), _) => Some(part(base, key)),
            Kind::Literal(Cell::Long(at), _) => Some(part(base, &at.to_string())),
            // A minus is written as `_`.
            Kind::Negate(inner) => match &inner.kind {
                Kind::Literal(Cell::Long(at), _) => Some(part(base, &format!("_{at}"))),
                _ => None,
            },
            _ => None,
        },
        Kind::Call(function, arguments) => {
            let first = arguments.first().and_then(|argument| of(&argument.value));
            if let Some(prefix) = prefix(function) {
                return Some(format!("{prefix}_{}", first.unwrap_or_default()));
            }
            if let "strlen" | "gettype" = function.as_str() {
                let own = function.strip_prefix("get").unwrap_or(function);
                return Some(format!("{own}_{}", first.unwrap_or_default()));
            }
            if function == "string_size" {
                return first.map(|name| format!("{function}_{name}"));
            }
            if let "array_sort_asc" | "array_sort_desc" = function.as_str() {
                // What is no column is counted.
                let column = arguments.first().map(|argument| &argument.value.kind);
                return Some(match column {
                    Some(Kind::Name(name)) => format!("{name}_sorted"),
                    _ => "array0_sorted".to_owned(),
                });
            }
            if KEEPS.contains(&function.as_str()) {
                return first;
            }
            None
        }
        _ => None,
    }
}

/// The name of a part of a value.
fn part(base: &Expr, key: &str) -> String {
    of(base).map_or_else(|| key.to_owned(), |base| format!("{base}_{key}"))
}

/// A name that is not taken yet: with the least number behind it.
pub(super) fn free(name: &str, taken: &HashSet<Rc<str>>) -> Rc<str> {
    if !taken.contains(name) {
        return Rc::from(name);
    }
    let mut number = 1;
    loop {
        let tried = format!("{name}{number}");
        if !taken.contains(tried.as_str()) {
            return Rc::from(tried);
        }
        number += 1;
    }
}

/// The names of a list of columns as it is made.
///
/// A name that is taken gets the least number that makes it new and that the query does not spell itself; so a name that the query spells moves too, if
/// one that was found came first. A name that it spells twice is refused.
pub(super) struct Names {
    pub columns: Vec<Column>,
    taken: HashSet<Rc<str>>,
    /// Names that the query spells so far.
    spelled: HashSet<Rc<str>>,
    /// All names that it spells.
    reserved: HashSet<Rc<str>>,
    /// Names that unnamed columns do not get.
    avoided: HashSet<Rc<str>>,
    unnamed: usize,
}

impl Names {
    pub(super) fn new() -> Names {
        Names {
            columns: Vec::new(),
            taken: HashSet::new(),
            spelled: HashSet::new(),
            reserved: HashSet::new(),
            avoided: HashSet::new(),
            unnamed: 0,
        }
    }

    /// The names that a list spells.
    pub(super) fn reserve(&mut self, values: &[Named]) {
        for named in values {
            let names = named.names.iter().map(|name| Rc::from(name.as_str()));
            self.reserved.extend(names);
            if let (Kind::Name(name), []) = (&named.value.kind, named.names.as_slice()) {
                self.reserved.insert(Rc::from(name.as_str()));
            }
        }
    }

    /// Columns whose names unnamed ones do not get.
    pub(super) fn avoid(&mut self, columns: &[Column]) {
        let names = columns.iter().map(|column| column.name.clone());
        self.avoided.extend(names);
    }

    fn take(&mut self, base: &str) -> Rc<str> {
        let mut name: Rc<str> = Rc::from(base);
        let mut number = 0;
        while self.taken.contains(&name) || (number > 0 && self.reserved.contains(&name)) {
            number += 1;
            name = Rc::from(format!("{base}{number}"));
        }
        self.taken.insert(name.clone());
        name
    }

    /// A column with a name of the query's own, which must be new.
    pub(super) fn given(
        &mut self,
        name: &str,
        ty: super::cell::Type,
        named: &Named,
    ) -> Result<(), Fault> {
        if !self.spelled.insert(Rc::from(name)) {
            return Err(fault::invalid(
                named.value.span.clone(),
                name,
                format!("there are two columns `{name}`"),
            ));
        }
        let name = self.take(name);
        self.columns.push(Column { name, ty });
        Ok(())
    }

    /// A column with a name that is found for it.
    pub(super) fn found(&mut self, name: Option<&str>, ty: super::cell::Type) {
        let name = match name {
            Some(name) => self.take(name),
            None => loop {
                self.unnamed += 1;
                let tried = format!("Column{}", self.unnamed);
                if !self.avoided.contains(tried.as_str()) {
                    break self.take(&tried);
                }
            },
        };
        self.columns.push(Column { name, ty });
    }
}

/// Words that Microsoft's parser does not take as the name of a new column without brackets.
const RESERVED: &[&str] = &[
    "first",
    "last",
    "asc",
    "desc",
    "has",
    "has_cs",
    "contains",
    "startswith",
    "endswith",
    "hasprefix",
    "between",
    "and",
    "or",
    "in",
    "has_any",
    "has_all",
    "missing",
    "contains_cs",
    "notcontains",
    "like",
    "notlike",
    "hassuffix",
    "kind",
    "project",
    "union",
    "string",
    "long",
    "int",
    "real",
    "decimal",
    "dynamic",
    "date",
    "datetime",
    "time",
    "timespan",
    "expandoutput",
    "bagexpansion",
    "simple",
    "relaxed",
    "flags",
];

/// Refuses a word that must be bracketed to be a name.
pub(super) fn unreserved(word: &str, span: std::ops::Range<usize>) -> Result<(), Fault> {
    if !RESERVED.contains(&word) {
        return Ok(());
    }
    let message = format!("`{word}` is a word of the language; write `['{word}']`");
    Err(fault::invalid(span, word, message))
}
