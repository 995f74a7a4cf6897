//! The step `join` of a pipeline: rows that the platform holds at run time.
//!
//! In: the table, the tests, what later steps read. Out: the table prepared before the query, and the step. Guarantee: cells are read as the compiler reads
//! them: split, trimmed, elements that are no values skipped, each element once; so a row of the table meets an event at most once.

use super::query::Writer;
use crate::backend::dialect::fragment::Fragment;
use crate::backend::dialect::loaded::Kind;
use crate::backend::dialect::render::Holes;
use crate::backend::passes::legalize;
use crate::backend::passes::series::is_used;
use crate::backend::print::column_names;
use crate::backend::print::printer::Refusal;
use crate::backend::print::scope::{self, Facts, ScopeColumn};
use crate::plan::{Expr, JoinTest, Step, Type, Watchlist, WatchlistColumn};
use crate::source::Span;

impl Writer<'_> {
    pub(crate) fn join(
        &mut self,
        table: &Watchlist,
        alias: &str,
        tests: &[JoinTest],
        filter: Option<&Expr>,
        later: &[Step],
        span: Span,
    ) -> Result<(), Refusal> {
        let kind = self.printer.dialect.can().watchlists.clone();
        let Some(object) = table.platform.get(&kind) else {
            return Err(self.printer.refuse(
                span,
                &format!("join ${}", table.name),
                "the table has no object on this platform, and its rows were not written into the text",
            ));
        };
        let column_of = |test: &JoinTest| table.columns.get(test.column);
        let Some((key_test, key_column)) = tests.iter().find_map(|test| {
            let column = column_of(test).filter(|column| !column.wildcard)?;
            test.value.is_some().then_some((test, column))
        }) else {
            return Err(self.printer.refuse(
                span,
                "this join",
                "no test is on a column without `*`",
            ));
        };
        let binding = self.printer.fresh(&table.name, &self.taken);
        self.taken.insert(binding.clone());
        let own = |column: &WatchlistColumn| Watchlist::joined_name(alias, column);
        let left = self.left_key(key_test, span)?;
        let mut columns = Vec::new();
        for column in &table.columns {
            let tested = tests
                .iter()
                .find(|test| column_of(test).is_some_and(|c| c.name == column.name));
            let name = own(column);
            let filtered = filter.is_some_and(|filter| column_names::reads(filter, &name));
            if tested.is_none()
                && !filtered
                && (column.separator.is_some() || !is_used(&name, later))
            {
                continue;
            }
            let fold = tested.is_some_and(|test| test.fold);
            let exploded = column.separator.is_some() && column.name == key_column.name;
            let printed = self.table_column(&name, column, fold, span)?;
            columns.push(printed.fact("exploded", exploded && column.ty == Type::Int));
        }
        let mut holes = Holes::new()
            .with("binding", &self.printer.name(&binding))
            .with("object", &Fragment::word(object))
            .records("columns", columns)
            .fact("exploded", key_column.separator.is_some())
            .fact("number", key_column.ty == Type::Int)
            .with("key", &self.printer.name(&own(key_column)))
            .with(
                "cell",
                &self.printer.name(&self.printer.fresh("cell", &self.taken)),
            )
            .with(
                "element",
                &self.printer.name(&format!("{}_element", own(key_column))),
            )
            .with("cast", &Fragment::word(left.cast))
            .with("left", &self.printer.name(&left.name));
        for (name, column) in table.joined(alias) {
            if is_used(&name, later)
                || filter.is_some_and(|filter| column_names::reads(filter, &name))
            {
                let facts = Facts {
                    kind: scope::kind_of(&column.ty),
                    null: column.ty != Type::Text,
                    blank: column.ty == Type::Text,
                    native: None,
                    narrow: false,
                };
                self.printer
                    .scope
                    .set(&name, ScopeColumn { facts, text: None });
            }
        }
        let conjuncts = match filter {
            Some(filter) => self.printer.conjuncts(filter)?,
            None => Vec::new(),
        };
        holes = holes.list("conjuncts", &conjuncts);
        if let Some(filter) = filter {
            self.printer.scope.passed(filter);
        }
        let skipped = self
            .printer
            .fresh(&format!("{binding}_skipped"), &self.taken);
        self.taken.insert(skipped.clone());
        let skipped = self.printer.name(&skipped);
        let separator = key_column.separator.as_deref().unwrap_or(",");
        holes = holes
            .with("skipped", &skipped)
            .with("key_source", &self.printer.name(&key_column.source))
            .with("key_separator", &self.printer.text(separator, span)?);
        if key_column.separator.is_some() && key_column.ty == Type::Int {
            self.skipped.push((skipped, table.name.clone()));
        }
        self.prepare("watchlist", holes.clone(), span)?;
        self.write("join", holes, span)?;
        self.other_tests(table, alias, tests, key_test, span)
    }

    /// The conditions that the key of the join does not say.
    fn other_tests(
        &mut self,
        table: &Watchlist,
        alias: &str,
        tests: &[JoinTest],
        key: &JoinTest,
        span: Span,
    ) -> Result<(), Refusal> {
        let mut conjuncts = Vec::new();
        for test in tests
            .iter()
            .filter(|test| test.column != key.column || test.span != key.span)
        {
            let Some(column) = table.columns.get(test.column) else {
                continue;
            };
            let cells = self.printer.name(&Watchlist::joined_name(alias, column));
            let mut choices = Vec::new();
            if column.wildcard {
                let holes = Holes::new().with("cells", &cells);
                choices.push(
                    self.printer
                        .operator("in_cells", &["anything"], holes, span)?,
                );
            }
            if let Some(value) = &test.value {
                let variant = match (
                    column.separator.is_some(),
                    self.printer.facts(value).missing(),
                ) {
                    (true, false) => &[][..],
                    (true, true) => &["guard"],
                    (false, false) => &["one"],
                    (false, true) => &["one_guard"],
                };
                let holes = Holes::new()
                    .with("cells", &cells)
                    .with("value", &self.printer.value(value)?)
                    .fact("number", column.ty != Type::Text)
                    // Words of closed sets are in lower case as they are.
                    .fact("fold", test.fold && value.ty == Type::Text);
                choices.push(self.printer.operator("in_cells", variant, holes, span)?);
            }
            let both = Holes::new().list("parts", &choices);
            conjuncts.push(match choices.as_slice() {
                [one] => one.clone(),
                _ => self.printer.operator("or", &[], both, span)?,
            });
        }
        if conjuncts.is_empty() {
            return Ok(());
        }
        self.write("where", Holes::new().list("conjuncts", &conjuncts), span)
    }

    /// The column that the table is looked up by; what is no column yet becomes one.
    fn left_key(&mut self, test: &JoinTest, span: Span) -> Result<Key, Refusal> {
        let Some(value) = &test.value else {
            return Err(self
                .printer
                .refuse(span, "this join", "the schema lacks its key"));
        };
        let facts = self.printer.facts(value);
        let column = legalize::column_of(value).map(|column| column.name().to_owned());
        let narrow = facts.native.as_deref() == Some("int");
        let cast = if narrow { "toint" } else { "tolong" };
        // Kusto joins only what has one type; of a number that a step made, it is not known whether it is as narrow as the columns it came from.
        let known = match value.ty {
            Type::Int => matches!(facts.native.as_deref(), Some("int" | "long")),
            _ => !test.fold,
        };
        if let Some(name) = column.filter(|_| known) {
            return Ok(Key { name, cast });
        }
        let name = self.printer.fresh("join_key", &self.taken);
        self.taken.insert(name.clone());
        let mut printed = self.printer.value(value)?;
        if value.ty == Type::Int {
            let holes = Holes::new().with("value", &printed);
            printed = self.printer.operator("cast", &["int"], holes, span)?;
        }
        if test.fold && value.ty == Type::Text {
            printed = self
                .printer
                .apply("lower", &[printed], &[Kind::Text], span)?;
        }
        self.write_columns(&[(name.clone(), printed, facts)], span)?;
        Ok(Key {
            name,
            cast: "tolong",
        })
    }

    /// A column of the table as the join reads it.
    fn table_column(
        &self,
        name: &str,
        column: &WatchlistColumn,
        fold: bool,
        span: Span,
    ) -> Result<Holes, Refusal> {
        let separator = column.separator.as_deref();
        let mut holes = Holes::new()
            .with("name", &self.printer.name(name))
            .with("source", &self.printer.name(&column.source))
            .fact("several", separator.is_some())
            .fact("number", column.ty == Type::Int)
            .fact("float", column.ty == Type::Float)
            .fact("truth", column.ty == Type::Bool)
            .fact("fold", fold && column.ty == Type::Text);
        if let Some(separator) = separator {
            let escaped: String = separator
                .chars()
                .flat_map(|c| (c == '|').then_some('\\').into_iter().chain([c]))
                .collect();
            let blanks = format!(" *{escaped} *");
            holes = holes
                .with("separator", &self.printer.text(separator, span)?)
                .with("blanks", &self.printer.text(&blanks, span)?);
        }
        Ok(holes)
    }
}

/// The left side of the key.
struct Key {
    name: String,
    /// The function that makes an element of a cell a number of the same type.
    cast: &'static str,
}
