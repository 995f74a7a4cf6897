//! What random hunts are made of: how often each construct of the language was seen in a plan.
//!
//! Promise: `wanted` names every construct there is. The names are made by matches over the plan's own types, so that a new step or expression does not
//! compile before it has a name here.

use super::tally::Counts;
use huntc::internals::catalog;
use huntc::internals::plan::{
    Aggregate, AggregateFunction, ArithmeticOp, Column, Comparison, Expr, ExprKind, JoinTest,
    Output, Plan, Season, StepKind, TextTest, Trend, Type, Watchlist,
};
use huntc::internals::schema::Class;

/// What no random hunt has, and why.
pub const NEVER: &[(&str, &str)] = &[
    (
        "step enrich",
        "only a platform knows the answer, so there is nothing to compare it with",
    ),
    ("step repeat", "backends make it, no hunt says it"),
    (
        "season auto",
        "only Kusto has it, and the evaluator refuses it",
    ),
];

/// Constructs by name, and how often each was seen.
#[derive(Default)]
pub struct Reach(Counts);

impl Reach {
    pub fn count(&self, name: &str) -> usize {
        self.0.get(name).copied().unwrap_or(0)
    }

    fn note(&mut self, name: String) {
        *self.0.entry(name).or_default() += 1;
    }

    /// Counts what a plan is made of.
    pub fn see(&mut self, plan: &Plan) {
        for step in &plan.steps {
            self.step(&step.kind);
            for expr in step.kind.expressions() {
                expr.visit(&mut |part| self.expression(part));
            }
        }
    }

    fn step(&mut self, kind: &StepKind) {
        let name = match kind {
            StepKind::From { within: None, .. } => "from, without a lookback",
            StepKind::From { .. } => "from",
            StepKind::Where { optional: true, .. } => "where optional",
            StepKind::Where { .. } => "where",
            StepKind::Derive { .. } => "derive",
            StepKind::Select { columns } => {
                self.outputs("select", columns);
                "select"
            }
            StepKind::Group { keys, aggregates } => {
                self.outputs("key", keys);
                aggregates.iter().for_each(|one| self.aggregate("", one));
                match (keys.is_empty(), aggregates.is_empty()) {
                    (true, _) => "group, without keys",
                    (_, true) => "group, without aggregates",
                    _ => "group",
                }
            }
            StepKind::Series { measure, keys, .. } => {
                self.outputs("key", keys);
                self.aggregate("series ", measure);
                "series"
            }
            StepKind::Anomaly { trend, season, .. } => {
                self.note(format!("trend {}", trend_name(*trend)));
                self.note(format!("season {}", season_name(*season)));
                "anomaly"
            }
            StepKind::Join { table, tests, .. } => {
                tests.iter().for_each(|test| self.join_test(table, test));
                "join"
            }
            StepKind::Repeat { .. } => "repeat",
            StepKind::Sort { keys } => {
                for key in keys {
                    let order = ["ascending", "descending"][usize::from(key.descending)];
                    self.note(format!("sort {order}"));
                }
                "sort"
            }
            StepKind::Top { rare: false, .. } => "top",
            StepKind::Top { rare: true, .. } => "rare",
            StepKind::Enrich { .. } => "enrich",
        };
        self.note(format!("step {name}"));
    }

    fn outputs(&mut self, what: &str, outputs: &[Output]) {
        for _ in outputs.iter().filter(|output| output.optional) {
            self.note(format!("{what} optional"));
        }
    }

    fn aggregate(&mut self, of: &str, aggregate: &Aggregate) {
        self.note(format!("{of}{}", aggregate_name(aggregate.function)));
        if aggregate.filter.is_some() {
            self.note(format!("{of}aggregate where"));
        }
        if aggregate.optional {
            self.note("aggregate optional".to_owned());
        }
    }

    fn join_test(&mut self, table: &Watchlist, test: &JoinTest) {
        let column = &table.columns[test.column];
        let sign = ["==", "in"][usize::from(column.separator.is_some())];
        self.note(format!(
            "join {sign}{} {}",
            folded(test.fold),
            plain(&column.ty)
        ));
    }

    fn expression(&mut self, part: &Expr) {
        let name = match &part.kind {
            ExprKind::Literal { param: Some(_), .. } => "parameter".to_owned(),
            ExprKind::Literal { .. } => format!("literal {}", plain(&part.ty)),
            ExprKind::Column(Column::Field(name)) => format!("field {name}"),
            ExprKind::Column(Column::Computed(_) | Column::Native(_)) => "column".to_owned(),
            ExprKind::Now => "now".to_owned(),
            ExprKind::And(_) => "and".to_owned(),
            ExprKind::Or(_) => "or".to_owned(),
            ExprKind::Not(_) => "not".to_owned(),
            ExprKind::Compare { op, fold, left, .. } => {
                format!("{}{} {}", comparison(*op), folded(*fold), plain(&left.ty))
            }
            ExprKind::Between { value, .. } => format!("between {}", plain(&value.ty)),
            ExprKind::In { value, list, .. } if list.is_some() => {
                format!("in list {}", plain(&value.ty))
            }
            ExprKind::In { value, fold, .. } => {
                format!("in{} {}", folded(*fold), plain(&value.ty))
            }
            ExprKind::InNetwork { list: Some(_), .. } => "in_cidr list".to_owned(),
            ExprKind::InNetwork { .. } => "in_cidr".to_owned(),
            ExprKind::TextTest { test, fold, .. } => {
                format!("{}{}", text_test(*test), folded(*fold))
            }
            ExprKind::Matches { .. } => "matches".to_owned(),
            ExprKind::Exists(inner) => format!("exists {}", plain(&inner.ty)),
            ExprKind::Case { .. } => format!("case {}", plain(&part.ty)),
            ExprKind::Lookup { key, .. } => format!("lookup {}", plain(&key.ty)),
            ExprKind::Arithmetic { op, .. } => format!("{} {}", arithmetic(*op), plain(&part.ty)),
            ExprKind::Call { function, .. } => format!("{function}()"),
        };
        self.note(name);
    }
}

/// Every construct that there is.
pub fn wanted(class: &Class) -> Vec<String> {
    let mut all: Vec<String> = WANTED
        .iter()
        .flat_map(|(head, tails)| tails.split(' ').map(move |tail| format!("{head}{tail}")))
        .collect();
    all.extend(STEPS.iter().map(|step| format!("step {step}")));
    all.extend(catalog::functions().map(|function| format!("{}()", function.name)));
    all.extend(class.order.iter().map(|field| format!("field {field}")));
    all
}

const STEPS: &[&str] = &[
    "from",
    "from, without a lookback",
    "where",
    "where optional",
    "derive",
    "select",
    "group",
    "group, without keys",
    "group, without aggregates",
    "series",
    "anomaly",
    "join",
    "repeat",
    "sort",
    "top",
    "rare",
    "enrich",
];

/// Lengths of time are not compared in a plan: lowering makes `a - b < 1h` a comparison of instants.
const WANTED: &[(&str, &str)] = &[
    ("", "parameter column now and or not matches in_cidr"),
    (
        "",
        "contains contains~ starts_with starts_with~ ends_with ends_with~ has_word has_word~",
    ),
    ("in_cidr ", "list"),
    ("literal ", "text int float bool duration ip"),
    ("== ", "text int float bool time ip enum"),
    ("==~ ", "text"),
    ("< ", "int float time"),
    ("<= ", "int float time"),
    ("> ", "int float time"),
    (">= ", "int float time"),
    ("between ", "int float time"),
    ("in ", "text int float ip enum"),
    ("in~ ", "text"),
    ("in list ", "text int float ip"),
    ("exists ", "text int float bool time ip enum"),
    ("case ", "text int float bool time ip"),
    ("lookup ", "text int"),
    ("+ ", "int float time"),
    ("- ", "int float time"),
    ("* ", "int float"),
    ("/ ", "float"),
    (
        "",
        "count count_distinct sum min max avg set set,n any earliest latest",
    ),
    ("aggregate ", "where optional"),
    ("series ", "count count_distinct sum"),
    ("series aggregate ", "where"),
    ("select ", "optional"),
    ("key ", "optional"),
    ("sort ", "ascending descending"),
    ("trend ", "linefit average none"),
    ("season ", "none every auto"),
    ("join in ", "int text ip"),
    ("join in~ ", "text"),
    ("join == ", "text int ip bool"),
    ("join ==~ ", "text"),
];

fn plain(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "bool",
        Type::Int => "int",
        Type::Float => "float",
        Type::Text => "text",
        Type::Time => "time",
        Type::Duration => "duration",
        Type::Ip => "ip",
        Type::Enum(_) => "enum",
        Type::Json => "json",
        Type::Set(_) => "set",
    }
}

fn folded(fold: bool) -> &'static str {
    if fold { "~" } else { "" }
}

fn comparison(op: Comparison) -> &'static str {
    match op {
        Comparison::Equal => "==",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

fn arithmetic(op: ArithmeticOp) -> &'static str {
    match op {
        ArithmeticOp::Add => "+",
        ArithmeticOp::Subtract => "-",
        ArithmeticOp::Multiply => "*",
        ArithmeticOp::Divide => "/",
    }
}

fn text_test(test: TextTest) -> &'static str {
    match test {
        TextTest::Contains => "contains",
        TextTest::StartsWith => "starts_with",
        TextTest::EndsWith => "ends_with",
        TextTest::HasWord => "has_word",
    }
}

fn aggregate_name(function: AggregateFunction) -> &'static str {
    match function {
        AggregateFunction::Count => "count",
        AggregateFunction::CountDistinct => "count_distinct",
        AggregateFunction::Sum => "sum",
        AggregateFunction::Min => "min",
        AggregateFunction::Max => "max",
        AggregateFunction::Avg => "avg",
        AggregateFunction::Set(None) => "set",
        AggregateFunction::Set(Some(_)) => "set,n",
        AggregateFunction::Any => "any",
        AggregateFunction::Earliest => "earliest",
        AggregateFunction::Latest => "latest",
    }
}

fn trend_name(trend: Trend) -> &'static str {
    match trend {
        Trend::Linefit => "linefit",
        Trend::Average => "average",
        Trend::None => "none",
    }
}

fn season_name(season: Season) -> &'static str {
    match season {
        Season::None => "none",
        Season::Every(_) => "every",
        Season::Auto => "auto",
    }
}
