//! In: typed arguments and what is done with them. Out: [`Node`], a typed expression that is run row by row, and [`Notes`].
//! Guarantee: most functions take single values only: null gives null, several values give null and a warning
//! (Elastic docs, "ES|QL multivalued fields"). What takes several values says so by the constructor it uses.

use std::collections::HashSet;
use std::ops::Range;

use super::cell::{Cell, Value};
use super::types::Type;
use crate::Refusal;
use crate::stack::with_room;

/// What a run remembers besides its rows.
#[derive(Debug, Default)]
pub(super) struct Notes {
    query: String,
    seen: HashSet<(usize, usize, String)>,
    /// Warnings, in order, each said once.
    pub warnings: Vec<String>,
    /// Something met in a row that this interpreter does not decide.
    pub fatal: Option<Refusal>,
}

/// How many failures of one expression are reported, as on the platform.
const TOLD: usize = 20;

impl Notes {
    /// For a query, so that warnings can quote it.
    pub(super) fn new(query: &str) -> Self {
        Notes {
            query: query.to_owned(),
            ..Notes::default()
        }
    }

    /// An expression had no value for a row.
    pub(super) fn warn(&mut self, span: &Range<usize>, message: &str) {
        self.say(span, "is null: ", message);
    }

    /// Something that a reader of the answer should know.
    pub(super) fn remark(&mut self, span: &Range<usize>, message: &str) {
        self.say(span, "is ", message);
    }

    fn say(&mut self, span: &Range<usize>, verb: &str, message: &str) {
        let key = (span.start, span.end, message.to_owned());
        if self.seen.contains(&key) {
            return;
        }
        let told = self
            .seen
            .iter()
            .filter(|(start, end, _)| (*start, *end) == (span.start, span.end))
            .count();
        if told >= TOLD {
            return;
        }
        self.seen.insert(key);
        let before = self.query.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default();
        let column = column.chars().count() + 1;
        let text = self.query.get(span.clone()).unwrap_or_default();
        self.warnings
            .push(format!("line {line}:{column}: [{text}] {verb}{message}"));
    }

    /// The run cannot go on; the first reason is kept.
    pub(super) fn stop(&mut self, refusal: Refusal) {
        self.fatal.get_or_insert(refusal);
    }
}

/// The platform's words for several values where one is expected.
pub(super) const MULTI: &str = "single-value function encountered multi-value";

/// A function of all cells.
pub(super) type Apply = Box<dyn Fn(&[Cell], &mut Notes) -> Cell>;

/// How a node gets its cell.
pub(super) enum Run {
    /// Always this.
    Constant(Cell),
    /// What the row holds there; when every row holds the same, that.
    Column(usize, Option<Cell>),
    /// A function of the cells of other nodes.
    Apply(Vec<Node>, Apply),
    /// The value of the first condition that is true; else the last.
    Case(Vec<(Node, Node)>, Option<Box<Node>>),
    /// The first that is not null.
    Coalesce(Vec<Node>),
}

/// A typed expression.
pub(super) struct Node {
    /// How it runs.
    pub run: Run,
    /// Its type.
    pub ty: Type,
    /// Where it is.
    pub span: Range<usize>,
    /// Whether it is a literal, which other types may be read from.
    pub literal: bool,
}

/// What a function of single values gives: a value, null, or null and a warning.
pub(super) type Outcome = Result<Option<Value>, String>;

impl Node {
    /// A constant.
    pub(super) fn constant(cell: Cell, ty: Type, span: Range<usize>) -> Node {
        Node {
            run: Run::Constant(cell),
            ty,
            span,
            literal: false,
        }
    }

    /// The constant, when this is one; functions of constants count.
    pub(super) fn fold(&self) -> Option<Cell> {
        match &self.run {
            Run::Constant(cell) => Some(cell.clone()),
            Run::Column(_, known) => known.clone(),
            _ => with_room(|| self.folded()),
        }
    }

    fn folded(&self) -> Option<Cell> {
        let constant = match &self.run {
            Run::Constant(_) | Run::Column(..) => true,
            Run::Apply(arguments, _) | Run::Coalesce(arguments) => {
                arguments.iter().all(|a| a.fold().is_some())
            }
            Run::Case(branches, last) => {
                branches
                    .iter()
                    .all(|(c, v)| c.fold().is_some() && v.fold().is_some())
                    && last.as_ref().is_none_or(|l| l.fold().is_some())
            }
        };
        constant.then(|| self.eval(&[], &mut Notes::default()))
    }

    /// The single constant, when this is one.
    pub(super) fn fold_one(&self) -> Option<Value> {
        match self.fold()? {
            Cell::One(value) => Some(value),
            _ => None,
        }
    }

    /// Runs over one row.
    pub(super) fn eval(&self, row: &[Cell], notes: &mut Notes) -> Cell {
        match &self.run {
            Run::Constant(cell) => cell.clone(),
            Run::Column(at, known) => match row.get(*at) {
                Some(cell) => cell.clone(),
                // There is no row where constants are folded.
                None => known.clone().unwrap_or_default(),
            },
            _ => with_room(|| self.computed(row, notes)),
        }
    }

    fn computed(&self, row: &[Cell], notes: &mut Notes) -> Cell {
        match &self.run {
            Run::Constant(_) | Run::Column(..) => self.eval(row, notes),
            Run::Apply(arguments, apply) => match arguments.as_slice() {
                [one] => apply(&[one.eval(row, notes)], notes),
                [one, two] => {
                    let cells = [one.eval(row, notes), two.eval(row, notes)];
                    apply(&cells, notes)
                }
                many => {
                    let cells: Vec<Cell> = many.iter().map(|a| a.eval(row, notes)).collect();
                    apply(&cells, notes)
                }
            },
            Run::Case(branches, last) => {
                for (condition, value) in branches {
                    match condition.eval(row, notes) {
                        Cell::One(Value::Boolean(true)) => return value.eval(row, notes),
                        Cell::Many(_) => notes.warn(&self.span, MULTI),
                        _ => {}
                    }
                }
                last.as_ref()
                    .map_or(Cell::Null, |last| last.eval(row, notes))
            }
            Run::Coalesce(choices) => choices
                .iter()
                .map(|choice| choice.eval(row, notes))
                .find(|cell| !cell.is_null())
                .unwrap_or_default(),
        }
    }

    /// Whether the row meets this condition; null and several values do not.
    pub(super) fn holds(&self, row: &[Cell], notes: &mut Notes) -> bool {
        match self.eval(row, notes) {
            Cell::One(Value::Boolean(holds)) => holds,
            Cell::Many(_) => {
                notes.warn(&self.span, MULTI);
                false
            }
            _ => false,
        }
    }

    /// A function of whole cells.
    pub(super) fn cells(
        arguments: Vec<Node>,
        ty: Type,
        span: Range<usize>,
        apply: impl Fn(&[Cell]) -> Result<Cell, String> + 'static,
    ) -> Node {
        let place = span.clone();
        Node {
            run: Run::Apply(
                arguments,
                Box::new(move |cells, notes| match apply(cells) {
                    Ok(cell) => cell,
                    Err(message) => {
                        notes.warn(&place, &message);
                        Cell::Null
                    }
                }),
            ),
            ty,
            span,
            literal: false,
        }
    }

    /// A function of single values.
    pub(super) fn single<const N: usize>(
        arguments: [Node; N],
        ty: Type,
        span: Range<usize>,
        apply: impl Fn([&Value; N]) -> Outcome + 'static,
    ) -> Node {
        let blank = Value::Boolean(false);
        Node::cells(arguments.into(), ty, span, move |cells| {
            let mut values = [&blank; N];
            for (slot, cell) in values.iter_mut().zip(cells) {
                match cell {
                    Cell::Null => return Ok(Cell::Null),
                    Cell::One(value) => *slot = value,
                    Cell::Many(_) => return Err(MULTI.to_owned()),
                }
            }
            Ok(apply(values)?.map_or(Cell::Null, Cell::One))
        })
    }

    /// A function of as many single values as there are.
    pub(super) fn spread(
        arguments: Vec<Node>,
        ty: Type,
        span: Range<usize>,
        apply: impl Fn(&[&Value]) -> Outcome + 'static,
    ) -> Node {
        Node::cells(arguments, ty, span, move |cells| {
            let mut values = Vec::with_capacity(cells.len());
            for cell in cells {
                match cell {
                    Cell::Null => return Ok(Cell::Null),
                    Cell::One(value) => values.push(value),
                    Cell::Many(_) => return Err(MULTI.to_owned()),
                }
            }
            Ok(apply(&values)?.map_or(Cell::Null, Cell::One))
        })
    }

    /// A function of each value by itself; values that fail are left out, with a warning.
    pub(super) fn each(
        argument: Node,
        ty: Type,
        span: Range<usize>,
        apply: impl Fn(&Value) -> Outcome + 'static,
    ) -> Node {
        let place = span.clone();
        Node {
            run: Run::Apply(
                vec![argument],
                Box::new(move |cells, notes| {
                    let mut values = Vec::new();
                    for value in cells.iter().flat_map(Cell::values) {
                        match apply(value) {
                            Ok(found) => values.extend(found),
                            Err(message) => notes.warn(&place, &message),
                        }
                    }
                    Cell::of(values)
                }),
            ),
            ty,
            span,
            literal: false,
        }
    }

    /// This number as a wider type; anything else as it is.
    pub(super) fn widen(self, ty: Type) -> Node {
        if self.ty == ty {
            return self;
        }
        let span = self.span.clone();
        if ty != Type::Double || !self.ty.is_number() {
            return Node { ty, ..self };
        }
        Node::each(self, ty, span, |value| {
            Ok(value.double().map(Value::Double))
        })
    }
}
