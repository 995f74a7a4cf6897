//! `join` with a declared table.

use super::super::{JoinTest, StepKind, Type, Watchlist, WatchlistColumn};
use super::scope::Slot;
use super::value::item_type;
use super::{Lowering, a, quoted};
use crate::diag::{Code, Diagnostic, suggest};
use crate::hunt::DeclaredTable;
use crate::source::Span;
use crate::syntax::ast;
use std::sync::Arc;

/// One test as written: what is compared, the table's column after the dot, and how.
struct Written<'e> {
    value: &'e ast::Expr,
    column: (&'e str, Span),
    member: bool,
    fold: bool,
    span: Span,
}

impl Lowering<'_> {
    pub(super) fn join(
        &mut self,
        name: &ast::Name,
        alias: &ast::Name,
        on: &ast::Expr,
        span: Span,
    ) -> Option<StepKind> {
        let table = self.declared_table(name);
        let alias_fine = self.alias(alias).is_some();
        let tests = self.tests(on, alias, table.as_ref());
        if let Some(table) = &table {
            for (joined, column) in table.joined(&alias.text) {
                let value = super::super::Expr {
                    ty: column.ty.clone(),
                    nullable: table.may_lack(column),
                    ..super::super::Expr::predicate(super::super::ExprKind::Now, span)
                };
                self.scope.slots.push(Slot {
                    name: format!("{}.{}", alias.text, column.name),
                    ..Slot::holding(&joined, Some(&value), alias.span)
                });
            }
        }
        // A group may meet several rows of the table.
        self.scope.joined = true;
        let table = table?;
        let tests = tests?;
        let narrow = |test: &JoinTest| table.columns.get(test.column).is_some_and(|c| !c.wildcard);
        if !tests.iter().any(narrow) {
            return self.fail(
                Diagnostic::at(
                    Code::E0316,
                    on.span,
                    "no test of this join is on a column that every row restricts",
                )
                .label("a row of the table with `*` in each would belong to every event")
                .help("test at least one column whose type has no `or *`"),
            );
        }
        alias_fine.then_some(())?;
        Some(StepKind::Join {
            table: Arc::new(table),
            alias: alias.text.clone(),
            tests,
            filter: None,
        })
    }

    fn declared_table(&mut self, name: &ast::Name) -> Option<Watchlist> {
        let hunt = self.hunt?;
        if let Some(table) = hunt.tables.get(&name.text) {
            return Some(watchlist(&name.text, table));
        }
        let elsewhere = hunt
            .lists
            .get(&name.text)
            .map(|list| ("list", list.name_span, "test it with `x in $list`"))
            .or_else(|| {
                hunt.maps
                    .get(&name.text)
                    .map(|map| ("map", map.name_span, "look a key up with `$map[x]`"))
            })
            .or_else(|| {
                hunt.params.get(&name.text).map(|param| {
                    (
                        "parameter",
                        param.name_span,
                        "use its value as `$parameter`",
                    )
                })
            });
        if let Some((what, place, help)) = elsewhere {
            return self.fail(
                Diagnostic::at(
                    Code::E0307,
                    name.span,
                    format!(
                        "expected a table, found `${}`, which is a {what}",
                        name.text
                    ),
                )
                .also(place, "declared here")
                .help(help),
            );
        }
        self.unknown_reference(&name.text, name.span, "table")
    }

    fn alias(&mut self, alias: &ast::Name) -> Option<()> {
        if alias.text.contains('.') {
            return self.fail(
                Diagnostic::at(
                    Code::E0308,
                    alias.span,
                    format!("a table cannot be called `{}`", alias.text),
                )
                .label("dotted names are fields")
                .help("one plain word, as in `join $monitored as m on …`"),
            );
        }
        let dotted = format!("{}.", alias.text);
        let clash = self
            .class
            .into_iter()
            .flat_map(|class| class.fields.keys())
            .chain(self.scope.slots.iter().map(|slot| &slot.name))
            .find(|taken| taken.starts_with(&dotted) || **taken == alias.text)
            .cloned();
        match clash {
            None => Some(()),
            Some(taken) => self.fail(
                Diagnostic::at(
                    Code::E0308,
                    alias.span,
                    format!("a table cannot be called `{}`", alias.text),
                )
                .label(format!("there is `{taken}` already"))
                .help("another short word tells its columns from those"),
            ),
        }
    }

    fn tests(
        &mut self,
        on: &ast::Expr,
        alias: &ast::Name,
        table: Option<&Watchlist>,
    ) -> Option<Vec<JoinTest>> {
        let parts: Vec<&ast::Expr> = match &on.kind {
            ast::ExprKind::And(parts) => parts.iter().collect(),
            _ => vec![on],
        };
        let tests: Vec<Option<JoinTest>> = parts
            .into_iter()
            .map(|part| {
                let written = self.written(part, alias)?;
                match table {
                    Some(table) => self.test(&written, alias, table),
                    None => {
                        self.examine([written.value]);
                        None
                    }
                }
            })
            .collect();
        tests.into_iter().collect()
    }

    /// `e in m.ports`, `e in~ m.protocols`, `e == m.name`, `m.name =~ e`.
    fn written<'e>(&mut self, part: &'e ast::Expr, alias: &ast::Name) -> Option<Written<'e>> {
        let of = |expr: &'e ast::Expr| match &expr.kind {
            ast::ExprKind::Name(name) => name
                .split_once('.')
                .filter(|(first, _)| *first == alias.text)
                .map(|(_, column)| (column, expr.span)),
            _ => None,
        };
        let found = match &part.kind {
            ast::ExprKind::In {
                negated: false,
                fold,
                value,
                list,
                ..
            } => of(list).map(|column| (&**value, column, true, *fold)),
            ast::ExprKind::Compare {
                op: ast::CompareOp::Equal,
                fold,
                left,
                right,
                ..
            } => match (of(left), of(right)) {
                (None, Some(column)) => Some((&**left, column, false, *fold)),
                (Some(column), None) => Some((&**right, column, false, *fold)),
                _ => None,
            },
            _ => None,
        };
        match found {
            Some((value, column, member, fold)) => Some(Written {
                value,
                column,
                member,
                fold,
                span: part.span,
            }),
            None => self.fail(
                Diagnostic::at(Code::E0316, part.span, "this is not a test of a row of the table")
                    .label(format!("expected `x in {0}.column` or `x == {0}.column`", alias.text))
                    .help("other conditions on the event stand in a `where` before the join, on the table's columns in a `where` after it"),
            ),
        }
    }

    fn test(
        &mut self,
        written: &Written<'_>,
        alias: &ast::Name,
        table: &Watchlist,
    ) -> Option<JoinTest> {
        let value = self.expr(written.value);
        let (name, place) = written.column;
        let Some(at) = table.columns.iter().position(|column| column.name == name) else {
            let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
            let mut error = Diagnostic::at(
                Code::E0302,
                place,
                format!("the table `${}` has no column `{name}`", table.name),
            )
            .help(format!("columns: {}", quoted(&names)));
            if let Some(near) = suggest::nearest(name, names.iter().copied()) {
                error = error.fix(
                    place,
                    format!("{}.{near}", alias.text),
                    "a column with a similar name exists",
                );
            }
            return self.fail(error);
        };
        let column = table.columns.get(at)?;
        let value = value?;
        if !value.determined {
            return self.undetermined(&value, "a join");
        }
        if written.member != column.separator.is_some() {
            let (says, wanted) = if written.member {
                ("one value", "==")
            } else {
                ("several values", "in")
            };
            return self.fail(
                Diagnostic::at(
                    Code::E0316,
                    written.span,
                    format!("a cell of `{name}` holds {says}"),
                )
                .label(format!("expected `{wanted}`")),
            );
        }
        let fits = match (&column.ty, &value.ty) {
            (Type::Text, Type::Enum(_)) => true,
            (wanted, have) => wanted == have,
        };
        if !fits {
            return self.fail(
                Diagnostic::at(
                    Code::E0401,
                    value.span,
                    format!(
                        "{} is compared with a column of {}",
                        a(&value.ty),
                        column.ty
                    ),
                )
                .label(format!("this is {}", a(&value.ty))),
            );
        }
        if written.fold && column.ty != Type::Text {
            return self.fail(
                Diagnostic::at(
                    Code::E0403,
                    written.span,
                    format!("`~` ignores case, and {} has none", a(&column.ty)),
                )
                .help("leave out the `~`"),
            );
        }
        if self.is_several(&value) {
            return self.fail(Diagnostic::at(
                Code::E0413,
                value.span,
                "a field with several values cannot be joined by",
            ));
        }
        Some(JoinTest {
            value: Some(value),
            column: at,
            fold: written.fold,
            span: written.span,
        })
    }
}

/// The table as the plan holds it.
fn watchlist(name: &str, table: &DeclaredTable) -> Watchlist {
    Watchlist {
        name: name.to_owned(),
        columns: table
            .columns
            .iter()
            .map(|column| WatchlistColumn {
                name: column.name.clone(),
                source: column.source.clone(),
                ty: item_type(column.ty.item),
                separator: column.ty.list.then(|| column.ty.separator.clone()),
                wildcard: column.ty.wildcard,
            })
            .collect(),
        rows: table.rows.iter().map(|row| row.cells.clone()).collect(),
        platform: table
            .platform
            .iter()
            .map(|(kind, object)| (kind.clone(), object.value.clone()))
            .collect(),
    }
}
