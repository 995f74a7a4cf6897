//! Events from a hunt's own constants.
//!
//! In: a plan, its class, events of fixtures to begin with, a seed, how many. Out: neutral events, and which conditions they decided. Guarantee: the same seed
//! gives the same events, and as many as were asked for; batches that were the first to decide something stand alone as well, so that a difference there is
//! reported over few events.

use super::candidates::{Candidates, candidates};
use super::coverage::Coverage;
use super::random::Random;
use super::trial::lookback;
use crate::eval::{self, EvalError, Events};
use crate::plan::{Expr, ExprKind, Plan, Step, StepKind, TIME, Type};
use crate::schema::Class;
use crate::value::{Row, Table, Value};

/// Events in a batch; more where series are counted, which take many each.
const BATCH: usize = 120;
const BATCH_OF_SERIES: usize = 300;
/// As many windows of a series are filled.
const WINDOWS: usize = 60;
/// Batches that are kept apart whatever they show.
const ALWAYS: usize = 2;
/// Events in a case of many; fewer where series are counted, as often only the worst of them is reported.
const MANY: usize = 2_400;
const MANY_OF_SERIES: usize = 600;
/// Events that others are made from.
const BASES: usize = 60;
/// For as many batches the search for them goes on.
const LEARNING: usize = 40;
/// The column by which events are distinguished while the search goes on.
const NUMBER: &str = "number of the event";
const DAY: i64 = 86_400_000;

/// What was made.
#[derive(Clone, Debug, Default)]
pub struct Generated {
    /// Small batches that decided something first.
    pub telling: Vec<Events>,
    /// All events that were made, in few large tables.
    pub many: Vec<Events>,
    /// How many events were made.
    pub made: usize,
    /// What they decided.
    pub coverage: Coverage,
}

/// Makes events. `bases` are events that the hunt's author thought of, with times for the instant `now`.
///
/// # Errors
/// The evaluator fails.
pub fn generate(
    plan: &Plan,
    class: &Class,
    bases: &[Events],
    now: i64,
    seed: u64,
    budget: usize,
) -> Result<Generated, EvalError> {
    let plan = eval::answerable(plan)?;
    let candidates = candidates(&plan, class, now);
    let mut generated = Generated {
        coverage: Coverage::of(&plan),
        ..Generated::default()
    };
    let columns: Vec<String> = candidates.values.keys().cloned().collect();
    let mut maker = Maker {
        random: Random::new(seed),
        class,
        bases: bases
            .iter()
            .flat_map(|events| in_columns(events, &columns))
            .collect(),
        keys: candidates
            .keys
            .iter()
            .filter_map(|name| columns.iter().position(|column| column == name))
            .collect(),
        columns,
        candidates,
        within: lookback(&plan).unwrap_or(DAY),
        every: plan.steps.iter().find_map(|step| match &step.kind {
            StepKind::Series { every, .. } => Some(*every),
            _ => None,
        }),
        now,
    };
    let split = one_by_one(&plan);
    let mut depth = maker.choose(&split, Vec::new(), 0)?;
    let mut all = Vec::new();
    let mut made_batches = 0;
    while all.len() < budget {
        let mut rows = maker.batch();
        rows.truncate(budget - all.len());
        all.extend(rows.clone());
        let events = maker.table(rows);
        if made_batches < LEARNING {
            depth = maker.choose(&split, events.rows.clone(), depth)?;
        }
        made_batches += 1;
        if generated.coverage.is_complete() && generated.telling.len() >= ALWAYS {
            continue;
        }
        let news = generated.coverage.observe(&plan, &events, now)?;
        if news || generated.telling.len() < ALWAYS {
            generated.telling.push(events);
        }
    }
    generated.made = all.len();
    let many = maker.every.map_or(MANY, |_| MANY_OF_SERIES);
    let many = all.chunks(many).map(|rows| maker.table(rows.to_vec()));
    generated.many = many.collect();
    Ok(generated)
}

/// The rows of a table in other columns.
fn in_columns(events: &Events, columns: &[String]) -> Vec<Row> {
    let places: Vec<Option<usize>> = columns
        .iter()
        .map(|name| events.columns.iter().position(|own| own == name))
        .collect();
    let cell = |row: &Row, at: &Option<usize>| {
        let value = at.and_then(|at| row.get(at));
        value.cloned().unwrap_or(Value::Missing)
    };
    let rows = events.rows.iter();
    rows.map(|row| places.iter().map(|at| cell(row, at)).collect())
        .collect()
}

/// The steps before the first that does not give the events themselves, each conjunct its own step: how far an event gets says how near it is.
fn one_by_one(plan: &Plan) -> Plan {
    let mut steps: Vec<Step> = Vec::new();
    for step in &plan.steps {
        match &step.kind {
            StepKind::Where {
                predicate:
                    Expr {
                        kind: ExprKind::And(parts),
                        ..
                    },
                optional,
            } => steps.extend(parts.iter().map(|part| Step {
                kind: StepKind::Where {
                    predicate: part.clone(),
                    optional: *optional,
                },
                span: step.span,
            })),
            kind if kind.keeps_events() => steps.push(step.clone()),
            _ => break,
        }
    }
    Plan {
        class: plan.class.clone(),
        steps,
    }
}

/// Makes events out of others.
struct Maker<'a> {
    random: Random,
    class: &'a Class,
    columns: Vec<String>,
    candidates: Candidates,
    bases: Vec<Row>,
    /// The places of what rows are grouped by.
    keys: Vec<usize>,
    within: i64,
    /// The length of a window, where a series is counted.
    every: Option<i64>,
    now: i64,
}

impl Maker<'_> {
    /// Keeps those events as bases that get farthest; gives how far that is.
    fn choose(&mut self, split: &Plan, rows: Vec<Row>, before: usize) -> Result<usize, EvalError> {
        let mut all = std::mem::take(&mut self.bases);
        all.extend(rows);
        let mut columns = self.columns.clone();
        columns.push(NUMBER.to_owned());
        let numbered = all.iter().zip(0_i64..).map(|(row, number)| {
            let mut row = row.clone();
            row.push(Value::Int(number));
            row
        });
        let events = Table {
            rows: numbered.collect(),
            columns,
        };
        let mut farthest = before;
        let mut best: Vec<usize> = Vec::new();
        let after = eval::after_each_step(split, &events, self.now)?;
        for (depth, table) in after.iter().enumerate() {
            if table.rows.is_empty() {
                break;
            }
            farthest = depth;
            let at = table.columns.iter().position(|name| name == NUMBER);
            let number = |row: &Row| match row.get(at?)? {
                Value::Int(number) => usize::try_from(*number).ok(),
                _ => None,
            };
            best = table.rows.iter().filter_map(number).collect();
            best.dedup();
        }
        // First those that differ in what rows are grouped by, the newest before the others.
        let best: Vec<&Row> = best.iter().rev().filter_map(|at| all.get(*at)).collect();
        let (mut seen, mut first, mut again) = (Vec::new(), Vec::new(), Vec::new());
        for row in best {
            let key: Vec<Option<&Value>> = self.keys.iter().map(|at| row.get(*at)).collect();
            match seen.contains(&key) {
                true => again.push(row.clone()),
                false => {
                    seen.push(key);
                    first.push(row.clone());
                }
            }
        }
        first.extend(again);
        first.truncate(BASES);
        self.bases = first;
        Ok(farthest)
    }

    fn table(&self, rows: Vec<Row>) -> Events {
        Table {
            columns: self.columns.clone(),
            rows,
        }
    }

    fn batch(&mut self) -> Vec<Row> {
        let length = self.every.map_or(BATCH, |_| BATCH_OF_SERIES);
        let mut rows = Vec::with_capacity(length);
        while rows.len() < length {
            let event = self.event();
            if let Some(every) = self.every
                && self.random.below(3) == 0
            {
                let base = self
                    .random
                    .pick(&self.bases)
                    .unwrap_or_else(|| event.clone());
                rows.extend(self.series(base, every));
            }
            if self.random.below(3) == 0 {
                rows.extend(self.group(&event));
            }
            rows.push(event);
        }
        rows.truncate(length);
        rows
    }

    /// As many like it in each window as a series of some shape has, mostly with more in the last one than the others let expect.
    fn series(&mut self, mut event: Row, every: i64) -> Vec<Row> {
        let Some(time) = self.columns.iter().position(|name| name == TIME) else {
            return Vec::new();
        };
        // A series of its own, mostly.
        if let Some(at) = self.random.pick(&self.keys) {
            let value = self.value(at);
            let name = self
                .columns
                .get(at)
                .and_then(|name| self.class.fields.get(name));
            if let Some(cell) = event.get_mut(at)
                && name.is_some_and(|field| matches!(field.ty, Type::Enum(_)))
            {
                *cell = value;
            }
        }
        let windows = usize::try_from(self.within / every.max(1)).unwrap_or(1);
        let windows = windows.clamp(1, WINDOWS);
        let shape = self.random.below(4);
        let level = self.random.below(3);
        let varied = self.random.below(self.columns.len());
        let mut rows = Vec::new();
        for ago in 0..windows {
            let old = windows - 1 - ago;
            let mut count = match shape {
                0 => self.random.below(4),
                1 => level,
                2 => old / 4 + self.random.below(2),
                _ => usize::from(self.random.below(4) == 0),
            };
            if ago == 0 && self.random.below(4) > 0 || self.random.below(20) == 0 {
                count = self.random.below(16);
            }
            for _ in 0..count {
                let mut row = event.clone();
                let back = every.saturating_mul(i64::try_from(ago).unwrap_or(0));
                let at = self.now - back - self.random.within(every);
                // What is not grouped by may differ from event to event.
                if !self.keys.contains(&varied)
                    && self.random.below(2) == 0
                    && let Some(cell) = row.get_mut(varied)
                {
                    *cell = self.value(varied);
                }
                if let Some(cell) = row.get_mut(time) {
                    *cell = Value::Time(at);
                }
                rows.push(row);
            }
        }
        rows
    }

    /// A base with a few other values; without bases anything.
    fn event(&mut self) -> Row {
        let base = self.random.pick(&self.bases);
        let Some(mut row) = base else {
            return (0..self.columns.len()).map(|at| self.value(at)).collect();
        };
        for _ in 0..self.random.below(4) {
            let at = self.random.below(row.len());
            // A number beside the one that is there, now and then: what counts often lies in a row.
            let beside = self
                .random
                .pick(&[-2, -1, 1, 2])
                .filter(|_| self.random.below(2) == 0);
            let value = match (row.get(at), beside) {
                (Some(Value::Int(number)), Some(step)) if i32::try_from(number + step).is_ok() => {
                    Value::Int(number + step)
                }
                _ => self.value(at),
            };
            if let Some(cell) = row.get_mut(at) {
                *cell = value;
            }
        }
        row
    }

    /// As many like it as a threshold counts, told apart by a field that is counted, or by their times.
    fn group(&mut self, event: &Row) -> Vec<Row> {
        let size = self.random.pick(&self.candidates.sizes).unwrap_or(2);
        let mut event = event.clone();
        // Now and then a group that no other event falls into.
        if self.random.below(2) == 0 {
            for name in self.candidates.keys.clone() {
                let text = self.class.fields.get(&name).map(|field| &field.ty) == Some(&Type::Text);
                let place = self.columns.iter().position(|column| *column == name);
                let number = self.random.below(10_000);
                let value = place.map(|place| self.another(place, number));
                if text && let Some(cell) = place.and_then(|place| event.get_mut(place)) {
                    *cell = value.unwrap_or(Value::Missing);
                }
            }
        }
        let field = self.random.pick(&self.candidates.aggregated);
        let at = field.and_then(|field| self.columns.iter().position(|name| *name == field));
        let time = self.columns.iter().position(|name| name == TIME);
        let mut rows = Vec::with_capacity(size);
        // Values that are all different, now and then, for what counts them; at one instant, for what is rolled up.
        let different = self.random.below(2) == 0;
        let at_once = self.random.below(4) == 0;
        let time = time.filter(|_| !at_once);
        let other = at_once.then(|| self.random.below(self.columns.len()));
        for number in 0..size {
            let mut row = event.clone();
            for place in [at, time, other].into_iter().flatten() {
                let value = match different && at == Some(place) {
                    true => self.another(place, number),
                    false => self.value(place),
                };
                if let Some(cell) = row.get_mut(place) {
                    *cell = value;
                }
            }
            rows.push(row);
        }
        rows
    }

    /// The value of that number for a column, where there is no end of values.
    fn another(&mut self, at: usize, number: usize) -> Value {
        let name = self.columns.get(at);
        let ty = name.and_then(|name| Some(&self.class.fields.get(name)?.ty));
        let small = i64::try_from(number).unwrap_or(0);
        match ty {
            Some(Type::Text) => Value::text(&format!("text {number}")),
            Some(Type::Ip) if number.is_multiple_of(5) => {
                Value::text(&format!("2001:db8::{:x}", number + 1))
            }
            Some(Type::Ip) => Value::text(&format!("93.184.216.{}", number % 256)),
            Some(Type::Int) => Value::Int(1000 + small),
            _ => self.value(at),
        }
    }

    /// A value for a column.
    fn value(&mut self, at: usize) -> Value {
        let Some(name) = self.columns.get(at).cloned() else {
            return Value::Missing;
        };
        let known = self.class.fields.get(&name);
        if name == TIME {
            if self.random.below(4) > 0 {
                // Some lie before the window.
                let before = self.random.within(self.within + self.within / 8);
                return Value::Time(self.now - before);
            }
        } else if known.is_some_and(|field| field.nullable) && self.random.below(7) == 0 {
            return Value::Missing;
        }
        let values = self.candidates.values.get(&name);
        let one = values.and_then(|values| self.random.pick(values));
        let one = one.unwrap_or(Value::Missing);
        match known {
            Some(field) if field.multi && !one.is_missing() => {
                let other = values.and_then(|values| self.random.pick(values));
                let both = self.random.below(2) == 0;
                Value::set([one].into_iter().chain(other.filter(|_| both)))
            }
            _ => one,
        }
    }
}
