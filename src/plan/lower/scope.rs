//! What names mean at a step.
//!
//! While events are at hand every field of the class is a name, and so is each column computed so far. After `group` or `select` only the columns of
//! that step remain. A column whose value was wrong is kept without a type, so that its uses are not blamed again.

use super::super::{Column, Expr, ExprKind, Output, Type};
use crate::model::{Class, Field};
use crate::source::Span;
use std::collections::BTreeSet;

/// A column that a step made or kept.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub name: String,
    pub column: Column,
    /// `None` when its value was wrong.
    pub ty: Option<Type>,
    pub nullable: bool,
    pub determined: bool,
    pub multi: bool,
    /// The step that cut rows which only this column may distinguish.
    pub cut_by: Option<Span>,
    /// Where it was made.
    pub span: Span,
}

impl Slot {
    /// The column that holds the value of `expr`, or of something wrong.
    pub(super) fn holding(name: &str, expr: Option<&Expr>, span: Span) -> Slot {
        Slot {
            name: name.to_owned(),
            column: Column::Computed(name.to_owned()),
            ty: expr.map(|e| e.ty.clone()),
            nullable: expr.is_none_or(|e| e.nullable),
            determined: expr.is_none_or(|e| e.determined),
            multi: false,
            cut_by: None,
            span,
        }
    }
}

/// The names at hand.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// Whether the fields of the class are at hand.
    pub open: bool,
    /// Columns, in order of appearance.
    pub slots: Vec<Slot>,
    /// Names of columns that no row lacks any more.
    pub present: BTreeSet<String>,
    /// The step that left the others behind: its word and place.
    pub closed_by: Option<(&'static str, Span)>,
    /// Names that were at hand before that step.
    pub behind: BTreeSet<String>,
    /// Keys of the nearest group, while all of them are there.
    pub keys: Option<Vec<String>>,
    /// Whether a join came after that group, so that several rows may have the same keys.
    pub joined: bool,
    /// Directly after `series`: its measure and how many points it has.
    pub series: Option<(String, i64)>,
    /// How far back events are read, and where that is said.
    pub lookback: Option<(i64, Span)>,
    /// The step that cut events which only fields of several values may distinguish.
    pub cut_by: Option<Span>,
}

impl Scope {
    /// Events.
    pub(super) fn events() -> Scope {
        Scope {
            open: true,
            slots: Vec::new(),
            present: BTreeSet::new(),
            closed_by: None,
            behind: BTreeSet::new(),
            keys: None,
            joined: false,
            series: None,
            lookback: None,
            cut_by: None,
        }
    }

    pub(super) fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.name == name)
    }

    /// Replaces every column.
    pub(super) fn close(&mut self, word: &'static str, span: Span, slots: Vec<Slot>) {
        self.open = false;
        let old: Vec<String> = self.slots.drain(..).map(|slot| slot.name).collect();
        self.behind.extend(old);
        self.present.clear();
        self.slots = slots;
        self.closed_by = Some((word, span));
    }

    /// The columns that hold the keys of the nearest group, while all of them are there: they determine everything that the group made.
    pub(super) fn keys_at_hand(&self) -> Option<Vec<&Slot>> {
        let keys = self.keys.as_ref()?.iter();
        keys.map(|key| self.slot(key)).collect()
    }

    /// The keys under the names that a step gives them; none any more where it leaves one out.
    pub(super) fn rename_keys(&mut self, outputs: &[Output]) {
        let renamed = self.keys_at_hand().and_then(|keys| {
            let new = |key: &&Slot| {
                let holds = |output: &&Output| matches!(&output.value.kind, ExprKind::Column(column) if *column == key.column);
                outputs.iter().find(holds).map(|output| output.name.clone())
            };
            keys.iter().map(new).collect()
        });
        self.keys = renamed;
    }

    /// Rows are cut by a step: without the keys of a group, those that agree in all that can be ordered by are cut by chance. Gives the columns that are
    /// undetermined from there on.
    pub(super) fn cut(&mut self, span: Span, class: Option<&Class>) -> Vec<String> {
        if self.keys_at_hand().is_some() {
            return Vec::new();
        }
        self.cut_by = Some(span);
        let unordered = |slot: &&mut Slot| slot.multi || matches!(slot.ty, Some(Type::Set(_)));
        let mut loose = Vec::new();
        for slot in self.slots.iter_mut().filter(unordered) {
            slot.determined = false;
            slot.cut_by = Some(span);
            loose.push(slot.column.name().to_owned());
        }
        let fields = class.filter(|_| self.open).into_iter();
        let several = fields
            .flat_map(|class| class.fields.values())
            .filter(|field| field.multi);
        loose.extend(several.map(|field| field.name.clone()));
        loose
    }

    /// A column made by a step, as an expression.
    pub(super) fn column_value(&self, slot: &Slot, span: Span) -> Option<Expr> {
        let expr = Expr {
            determined: slot.determined,
            nullable: slot.nullable && !self.present.contains(slot.column.name()),
            ..reading(slot.column.clone(), slot.ty.clone()?, span)
        };
        Some(expr)
    }

    /// The reading of a field of the class.
    pub(super) fn read_field(&self, field: &Field, span: Span) -> Expr {
        Expr {
            nullable: field.nullable && !self.present.contains(&field.name),
            determined: !(field.multi && self.cut_by.is_some()),
            ..reading(Column::Field(field.name.clone()), field.ty.clone(), span)
        }
    }
}

fn reading(column: Column, ty: Type, span: Span) -> Expr {
    Expr {
        kind: ExprKind::Column(column),
        ty,
        nullable: true,
        determined: true,
        span,
    }
}
