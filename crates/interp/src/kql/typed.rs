//! Expressions that are bound: a type known before any row is read, and what computes the value of a row.
//!
//! In: closures over cells. Out: [`Typed`]. Guarantee: what depends on no row is computed once, when it is bound.

use super::cell::{Cell, Type};
use crate::stack::with_room;
use std::rc::Rc;

/// A row of a table.
pub(super) type Row = Vec<Cell>;

/// Where an expression is computed: a row, and the rows around it.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    pub row: &'a [Cell],
    pub rows: &'a [Row],
    pub at: usize,
}

impl Frame<'_> {
    /// A frame without rows, for what depends on none.
    pub(super) const EMPTY: Frame<'static> = Frame {
        row: &[],
        rows: &[],
        at: 0,
    };
}

pub(super) type Eval = Rc<dyn Fn(&Frame<'_>) -> Cell>;

/// A bound expression.
#[derive(Clone)]
pub(super) struct Typed {
    pub ty: Type,
    pub eval: Eval,
    /// Its value, if it depends on no row.
    pub value: Option<Cell>,
    /// The nesting depth of its bound expressions.
    pub height: usize,
}

/// Every so many expressions of one another ask for room on the stack when they are computed.
const STRIDE: usize = 32;

impl Typed {
    pub(super) fn constant(ty: Type, value: Cell) -> Typed {
        let kept = value.clone();
        Typed {
            ty,
            eval: Rc::new(move |_| kept.clone()),
            value: Some(value),
            height: 0,
        }
    }

    pub(super) fn column(ty: Type, at: usize) -> Typed {
        Typed {
            ty,
            eval: Rc::new(move |frame| frame.row.get(at).cloned().unwrap_or(Cell::Null)),
            value: None,
            height: 0,
        }
    }

    /// Notes the nesting depth of the expressions in this one.
    pub(super) fn set_height(&mut self, height: usize) {
        self.height = height;
        if height > 0 && height.is_multiple_of(STRIDE) {
            let eval = self.eval.clone();
            self.eval = Rc::new(move |frame| with_room(|| eval(frame)));
        }
    }

    /// What is computed of each row anew.
    pub(super) fn varying(ty: Type, eval: impl Fn(&Frame<'_>) -> Cell + 'static) -> Typed {
        Typed {
            ty,
            eval: Rc::new(eval),
            value: None,
            height: 0,
        }
    }

    /// A function of the values of others.
    pub(super) fn of(
        ty: Type,
        parts: &[Typed],
        function: impl Fn(&[Cell]) -> Cell + 'static,
    ) -> Typed {
        if parts.iter().all(|part| part.value.is_some()) {
            let cells: Vec<Cell> = parts.iter().filter_map(|part| part.value.clone()).collect();
            return Typed::constant(ty, function(&cells));
        }
        let evals: Vec<Eval> = parts.iter().map(|part| part.eval.clone()).collect();
        let eval: Eval = match evals.as_slice() {
            [one] => {
                let one = one.clone();
                Rc::new(move |frame| function(&[one(frame)]))
            }
            [one, two] => {
                let (one, two) = (one.clone(), two.clone());
                Rc::new(move |frame| function(&[one(frame), two(frame)]))
            }
            _ => Rc::new(move |frame| {
                let cells: Vec<Cell> = evals.iter().map(|eval| eval(frame)).collect();
                function(&cells)
            }),
        };
        Typed {
            ty,
            eval,
            value: None,
            height: 0,
        }
    }

    /// Likewise; absent as soon as one of the others is null.
    pub(super) fn strict(
        ty: Type,
        parts: &[Typed],
        function: impl Fn(&[Cell]) -> Option<Cell> + 'static,
    ) -> Typed {
        Typed::of(ty, parts, move |cells| {
            if cells.iter().any(Cell::is_null) {
                return ty.absent();
            }
            function(cells).unwrap_or_else(|| ty.absent())
        })
    }
}
