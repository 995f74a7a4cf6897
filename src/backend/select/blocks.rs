//! From a pipeline to `SELECT` blocks.
//!
//! In: the steps of a bound plan. Out: [`Block`]s, each of which reads the one before it (the first reads the table) and holds what one `SELECT` can
//! hold. Guarantee: in every block the engine's order of work (rows, filter, groups, projection, order, limit) is the order of the steps; no block reads
//! a name that it makes itself; a block gives the columns that later blocks read, and no others where its columns can be listed.

use crate::plan::made_functions::SORTED_NUMBERS;
use crate::plan::{
    Aggregate, AggregateFunction, Column, Expr, ExprKind, Output, SortKey, Step, StepKind, Type,
};
use std::collections::BTreeSet;

/// What one `SELECT` does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    /// Its name for the block after it; given by `block_names`.
    pub name: String,
    /// Whether it reads the table of events within the lookback (the first block), and which.
    pub window: Option<Window>,
    /// The column that numbers the copies of each row, and how many there are.
    pub repeat: Option<(String, u32)>,
    /// The rows that take part.
    pub filter: Option<Expr>,
    /// The projection.
    pub projection: Projection,
    /// Order of the result.
    pub order: Vec<SortKey>,
    /// Most rows of the result, after the order.
    pub limit: Option<u64>,
    /// Whether a later block reads something costly of it several times, so that it is to be computed once.
    pub once: bool,
}

/// The events that are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// How long before now; `None` for all.
    pub within: Option<i64>,
    /// Whether those at now itself are left out.
    pub before_now: bool,
}

/// A column of a projection.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Expr,
    /// Whether a later block reads it, so that a blank text is made missing here, once.
    pub clean: bool,
}

/// The columns of a block.
#[derive(Clone, Debug)]
pub(crate) enum Projection {
    /// Every column it reads, and these.
    AllAnd(Vec<Item>),
    /// Exactly these.
    Only(Vec<Item>),
    /// One row per distinct keys, with aggregates; every key is a column that the block reads.
    Groups {
        /// The keys.
        keys: Vec<Output>,
        /// The aggregates.
        aggregates: Vec<Aggregate>,
    },
}

impl Default for Projection {
    fn default() -> Self {
        Projection::AllAnd(Vec::new())
    }
}

/// Cuts a pipeline into blocks; the last is the query, the others are named. `time` is the column that `earliest` and `latest` read; `plain` says
/// whether a key can be used in `group by` as it is read; `bare` whether an order by a column is only its name.
#[must_use]
pub(crate) fn blocks(
    steps: &[Step],
    time: &Expr,
    plain: &dyn Fn(&Expr) -> bool,
    bare: &dyn Fn(&Expr) -> bool,
) -> Vec<Block> {
    let mut cut = Cut {
        done: Vec::new(),
        open: Block::default(),
        plain,
        bare,
        grouped_later: false,
    };
    for (at, step) in steps.iter().enumerate() {
        let later = steps.get(at + 1..).unwrap_or_default();
        cut.grouped_later = later.iter().any(|step| step.kind.measures());
        cut.step(&step.kind);
    }
    let Cut { mut done, open, .. } = cut;
    done.push(open);
    prune(&mut done, time);
    for block in &mut done {
        block.once = match &block.projection {
            Projection::AllAnd(items) | Projection::Only(items) => {
                items.iter().any(|item| is_sorted(&item.value))
            }
            Projection::Groups { .. } => false,
        };
    }
    done
}

struct Cut<'a> {
    done: Vec<Block>,
    open: Block,
    plain: &'a dyn Fn(&Expr) -> bool,
    bare: &'a dyn Fn(&Expr) -> bool,
    /// Whether a group comes after the step at hand; its keys then hold no blank text.
    grouped_later: bool,
}

impl Cut<'_> {
    fn step(&mut self, kind: &StepKind) {
        match kind {
            StepKind::From {
                within, before_now, ..
            } => {
                self.open.window = Some(Window {
                    within: *within,
                    before_now: *before_now,
                });
            }
            // Copies are made of the rows as they were read.
            StepKind::Repeat { name, count } => {
                if self.reads_or_makes() {
                    self.close();
                }
                self.open.repeat = Some((name.clone(), *count));
            }
            // Exchanged for other steps before: the dialect has none of its own.
            StepKind::Series { .. } | StepKind::Anomaly { .. } | StepKind::Join { .. } => {}
            StepKind::Where { predicate, .. } => self.filter(predicate),
            StepKind::Derive { columns } => {
                for (name, value) in columns {
                    self.derive(Item {
                        name: name.clone(),
                        value: value.clone(),
                        clean: true,
                    });
                }
            }
            StepKind::Select { columns } => {
                let order = self.order_for(columns);
                if self.is_closed()
                    || self.makes_any(
                        columns
                            .iter()
                            .map(|c| &c.value)
                            .chain(order.iter().map(|key| &key.value)),
                    )
                {
                    self.close();
                }
                if !order.is_empty() {
                    self.open.order = order;
                }
                let items = columns.iter().map(|c| Item {
                    name: c.name.clone(),
                    value: c.value.clone(),
                    clean: self.grouped_later && column_name(&c.value) != c.name,
                });
                self.open.projection = Projection::Only(items.collect());
            }
            StepKind::Group { keys, aggregates } => self.group(keys, aggregates),
            StepKind::Sort { keys } => {
                // An order may name the block's own columns, but only bare: inside an expression a name would mean the column read.
                let own_in_expression = keys
                    .iter()
                    .any(|key| !self.is_bare(&key.value) && self.makes_any([&key.value]));
                if self.open.limit.is_some() || own_in_expression {
                    self.close();
                }
                self.open.order = keys.clone();
            }
            StepKind::Top {
                count,
                rare,
                by,
                ties,
                ..
            } => self.top(*count, *rare, by, ties),
            StepKind::Enrich {
                name,
                function,
                argument,
                ..
            } => {
                let kind = ExprKind::Call {
                    function: function.clone(),
                    arguments: vec![argument.clone()],
                    pattern: None,
                };
                let value = Expr {
                    kind,
                    ty: Type::Text,
                    nullable: true,
                    determined: false,
                    span: argument.span,
                };
                self.derive(Item {
                    name: name.clone(),
                    value,
                    clean: true,
                });
            }
        }
    }

    /// Takes the order of the open block for a projection that follows it. A name that the projection gives to another value is ordered by under
    /// its own name.
    fn order_for(&mut self, columns: &[Output]) -> Vec<SortKey> {
        if self.open.limit.is_some() {
            return Vec::new();
        }
        let mut order = std::mem::take(&mut self.open.order);
        for key in &mut order {
            let name = column_name(&key.value);
            let other = |c: &&Output| c.name == name && column_name(&c.value) != name;
            if name.is_empty() || !columns.iter().any(|c| other(&c)) {
                continue;
            }
            let mut own = format!("{}_before", name.replace('.', "_"));
            while columns.iter().any(|c| c.name == own) {
                own.push('_');
            }
            self.derive(Item {
                name: own.clone(),
                value: key.value.clone(),
                clean: true,
            });
            key.value.kind = ExprKind::Column(Column::Computed(own));
        }
        order
    }

    fn filter(&mut self, predicate: &Expr) {
        if self.is_closed() || self.makes_any([predicate]) {
            self.close();
        }
        let parts = self
            .open
            .filter
            .take()
            .into_iter()
            .chain([predicate.clone()])
            .collect();
        self.open.filter = Expr::all(parts);
    }

    fn derive(&mut self, column: Item) {
        let projected =
            !matches!(self.open.projection, Projection::AllAnd(_)) || self.open.limit.is_some();
        if projected || self.makes_any([&column.value]) {
            self.close();
        }
        if let Projection::AllAnd(columns) = &mut self.open.projection {
            columns.push(column);
        }
    }

    /// Keys that are more than a column that can be read as it is are made by the block before.
    fn group(&mut self, keys: &[Output], aggregates: &[Aggregate]) {
        let plain = self.plain;
        let made: Vec<Output> = keys
            .iter()
            .filter(|key| !plain(&key.value) || key.name != column_name(&key.value))
            .cloned()
            .collect();
        let reads = || {
            aggregates
                .iter()
                .flat_map(|a| a.argument.iter().chain(&a.filter))
        };
        if self.is_closed()
            || (made.is_empty() && self.makes_any(keys.iter().map(|key| &key.value).chain(reads())))
        {
            self.close();
        }
        let keys = if made.is_empty() {
            keys.to_vec()
        } else {
            let own: BTreeSet<String> = made.iter().map(|key| key.name.clone()).collect();
            for key in made {
                self.derive(Item {
                    name: key.name,
                    value: key.value,
                    clean: true,
                });
            }
            self.close();
            // A column that passes through stays the native one, of which more is known.
            let as_read = |key: &Output| match own.contains(&key.name) {
                true => read_back(key),
                false => key.clone(),
            };
            keys.iter().map(as_read).collect()
        };
        if !matches!(self.open.projection, Projection::AllAnd(ref columns) if columns.is_empty()) {
            self.close();
        }
        self.open.projection = Projection::Groups {
            keys,
            aggregates: aggregates.to_vec(),
        };
    }

    fn top(&mut self, count: u64, rare: bool, by: &Expr, ties: &[Expr]) {
        if self.open.limit.is_some() || !self.open.order.is_empty() {
            self.close();
        }
        let order_reads_own = std::iter::once(by)
            .chain(ties)
            .any(|key| !self.is_bare(key) && self.makes_any([key]));
        if order_reads_own {
            self.close();
        }
        if by.nullable {
            let present = Expr::predicate(ExprKind::Exists(Box::new(by.clone())), by.span);
            self.filter(&present);
        }
        let first = SortKey {
            value: by.clone(),
            descending: !rare,
        };
        let rest = ties.iter().map(|tie| SortKey {
            value: tie.clone(),
            descending: false,
        });
        // A number that stands for itself would be read as the place of a column.
        let first = std::iter::once(first)
            .filter(|key| !matches!(key.value.kind, ExprKind::Literal { .. }));
        self.open.order = first.chain(rest).collect();
        self.open.limit = Some(count);
    }

    /// Whether an order by this value names a column and nothing more.
    fn is_bare(&self, value: &Expr) -> bool {
        is_column(value) && (self.bare)(value)
    }

    /// Whether the block's rows are no longer the rows it reads.
    fn is_closed(&self) -> bool {
        self.open.limit.is_some() || !matches!(self.open.projection, Projection::AllAnd(_))
    }

    /// Whether an expression reads a column that the open block makes.
    fn makes_any<'e>(&self, expressions: impl IntoIterator<Item = &'e Expr>) -> bool {
        let read: BTreeSet<String> = expressions.into_iter().flat_map(reads).collect();
        if read.is_empty() {
            return false;
        }
        match &self.open.projection {
            Projection::AllAnd(columns) => columns.iter().any(|column| read.contains(&column.name)),
            Projection::Only(columns) => columns
                .iter()
                .any(|c| c.name != column_name(&c.value) && read.contains(&c.name)),
            Projection::Groups { aggregates, .. } => aggregates
                .iter()
                .any(|aggregate| read.contains(&aggregate.name)),
        }
    }

    /// Whether the open block does anything yet beside reading the block before.
    fn reads_or_makes(&self) -> bool {
        self.is_closed()
            || self.open.window.is_some()
            || self.open.repeat.is_some()
            || self.open.filter.is_some()
            || !matches!(&self.open.projection, Projection::AllAnd(columns) if columns.is_empty())
    }

    fn close(&mut self) {
        let done = std::mem::take(&mut self.open);
        self.done.push(done);
    }
}

/// A key made by the block before, as its column is read.
fn read_back(key: &Output) -> Output {
    let kind = match &key.value.kind {
        ExprKind::Column(Column::Native(native)) if native.name == key.name => ExprKind::Column(
            Column::Native(std::sync::Arc::new(crate::plan::NativeColumn {
                may_be_blank: false,
                ..(**native).clone()
            })),
        ),
        _ => ExprKind::Column(Column::Computed(key.name.clone())),
    };
    Output {
        value: Expr {
            kind,
            ..key.value.clone()
        },
        ..key.clone()
    }
}

/// Whether a value is a list that is sorted first.
fn is_sorted(value: &Expr) -> bool {
    matches!(&value.kind, ExprKind::Call { function, .. } if function == SORTED_NUMBERS)
}

fn is_column(value: &Expr) -> bool {
    matches!(value.kind, ExprKind::Column(_))
}

fn column_name(value: &Expr) -> &str {
    match &value.kind {
        ExprKind::Column(column) => column.name(),
        _ => "",
    }
}

/// Names of the columns that an expression reads.
fn reads(expression: &Expr) -> BTreeSet<String> {
    columns_read(expression)
        .into_iter()
        .map(|column| column_name(&column).to_owned())
        .collect()
}

/// The columns that an expression reads, each once.
fn columns_read(expression: &Expr) -> Vec<Expr> {
    let mut found: Vec<Expr> = Vec::new();
    expression.visit(&mut |part| {
        if is_column(part)
            && !found
                .iter()
                .any(|seen| column_name(seen) == column_name(part))
        {
            found.push(part.clone());
        }
    });
    found
}

/// From the last block to the first: a block that gives all it reads and more gives only what the next one reads.
fn prune(blocks: &mut [Block], time: &Expr) {
    for at in (1..blocks.len()).rev() {
        let Some(wanted) = blocks.get(at).and_then(|block| wants(block, time)) else {
            continue;
        };
        let grouped = blocks
            .iter()
            .take(at - 1)
            .any(|block| matches!(block.projection, Projection::Groups { .. }));
        let Some(before) = blocks.get_mut(at - 1) else {
            return;
        };
        if let Projection::AllAnd(made) = &before.projection {
            // A long list of columns of a named block reads better as `*`, unless one of them is made anew under its name.
            let anew = |own: &Item| reads(&own.value).contains(&own.name);
            let most = if grouped { FEW } else { MANY };
            if before.window.is_none() && wanted.len() > most && !made.iter().any(anew) {
                continue;
            }
            let mut columns: Vec<Item> = Vec::new();
            for column in wanted {
                let name = column_name(&column).to_owned();
                let item = made.iter().find(|own| own.name == name).cloned();
                columns.push(item.unwrap_or(Item {
                    name,
                    value: column,
                    clean: false,
                }));
            }
            // The block's own order may name what it makes.
            let ordered: BTreeSet<String> = before
                .order
                .iter()
                .flat_map(|key| reads(&key.value))
                .collect();
            for own in made {
                if ordered.contains(&own.name) && columns.iter().all(|c| c.name != own.name) {
                    columns.push(own.clone());
                }
            }
            before.projection = Projection::Only(columns);
        }
    }
}

/// The columns a block reads, in order of first mention; `None` when it reads all.
fn wants(block: &Block, time: &Expr) -> Option<Vec<Expr>> {
    let mut wanted: Vec<Expr> = Vec::new();
    let repeated: BTreeSet<String> = block.repeat.iter().map(|(name, _)| name.clone()).collect();
    let mut own = repeated.clone();
    let mut add = |expression: &Expr, own: &BTreeSet<String>| {
        for column in columns_read(expression) {
            let name = column_name(&column).to_owned();
            if !own.contains(&name) && !wanted.iter().any(|seen| column_name(seen) == name) {
                wanted.push(column);
            }
        }
    };
    match &block.projection {
        Projection::AllAnd(_) => return None,
        Projection::Only(columns) => {
            columns.iter().for_each(|column| add(&column.value, &own));
            own.extend(columns.iter().map(|column| column.name.clone()));
        }
        Projection::Groups { keys, aggregates } => {
            keys.iter().for_each(|key| add(&key.value, &own));
            for aggregate in aggregates {
                aggregate
                    .argument
                    .iter()
                    .chain(&aggregate.filter)
                    .for_each(|part| add(part, &own));
                if matches!(
                    aggregate.function,
                    AggregateFunction::Earliest | AggregateFunction::Latest
                ) {
                    add(time, &own);
                }
            }
            own.extend(keys.iter().map(|key| key.name.clone()));
            own.extend(aggregates.iter().map(|aggregate| aggregate.name.clone()));
        }
    }
    if let Some(filter) = &block.filter {
        add(filter, &repeated);
    }
    block.order.iter().for_each(|key| add(&key.value, &own));
    Some(wanted)
}

/// More columns than this are not listed again and again.
const MANY: usize = 12;
/// More columns of groups than this are not: there a `*` reads no more of the table.
const FEW: usize = 6;
