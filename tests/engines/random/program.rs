//! Random queries: several steps in sequence.

use super::expression::Maker;
use super::scope::{Column, Scope};
use huntc::internals::pattern::testing::Rng;
use huntc::internals::plan::Type;
use huntc::internals::schema::Class;

/// A random query over the fields given; what is `optional` is of fields that are lacking.
pub fn query(rng: &mut Rng, class: &Class, fields: &[String], lacking: &[String]) -> String {
    let column = |name: &String| {
        let field = &class.fields[name];
        Column {
            nullable: field.nullable,
            multi: field.multi,
            ..Column::new(name, field.ty.clone())
        }
    };
    let mut program = Program {
        rng,
        class,
        scope: Scope {
            columns: fields.iter().map(column).collect(),
            named: 0,
        },
        lacking: lacking.iter().map(column).collect(),
        steps: Vec::new(),
        closed: false,
        timed: true,
    };
    program.steps();
    format!("  {}", program.steps.join("\n  | "))
}

pub struct Program<'a> {
    pub rng: &'a mut Rng,
    pub class: &'a Class,
    pub scope: Scope,
    /// Fields that the schema does not have.
    lacking: Vec<Column>,
    pub steps: Vec<String>,
    /// Whether a step has chosen the columns.
    closed: bool,
    /// Whether the `time` of events is at hand.
    pub timed: bool,
}

impl Program<'_> {
    pub fn maker(&mut self) -> Maker<'_> {
        Maker {
            rng: self.rng,
            class: self.class,
            scope: &self.scope,
        }
    }

    pub fn chance(&mut self, one_in: usize) -> bool {
        self.rng.below(one_in) == 0
    }

    fn steps(&mut self) {
        let within = match self.rng.below(6) {
            0 => String::new(),
            1 => " within 3h".to_owned(),
            2 => " within 2d".to_owned(),
            _ => " within $lookback".to_owned(),
        };
        self.steps.push(format!("from network_session{within}"));
        let count = 1 + self.rng.below(6);
        for _ in 0..count {
            match self.rng.below(12) {
                10 if !self.closed => self.series(),
                11 => self.join(),
                0..=2 => self.condition(),
                3..=5 => self.derive(),
                6 | 7 => self.group(),
                8 if self.closed || self.chance(3) => self.top(),
                _ if self.chance(2) => self.select(),
                _ => self.condition(),
            }
        }
        if !self.closed {
            if self.chance(2) {
                self.group()
            } else {
                self.select()
            }
        }
        if self.chance(3) {
            self.condition();
        }
        if self.chance(2) {
            self.sort();
            if self.chance(4) {
                self.select();
            }
        }
    }

    fn condition(&mut self) {
        if self.chance(12)
            && let Some(field) = self.lacking()
        {
            let mut scope = self.scope.clone();
            scope.columns.push(field.clone());
            let other = Maker {
                rng: self.rng,
                class: self.class,
                scope: &scope,
            }
            .condition(0);
            let own = match &field.ty {
                Type::Text => format!("{} != \"cmd.exe\"", field.name),
                _ => format!("{} is missing", field.name),
            };
            let both = [own.clone(), format!("{own} and {other}")];
            let step = format!("where optional {}", both[self.rng.below(2)]);
            self.steps.push(step);
            return;
        }
        let depth = self.rng.below(4);
        let condition = self.maker().condition(depth);
        let plain = condition
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'));
        let step = format!("where {}", plain.unwrap_or(&condition));
        self.steps.push(step);
    }

    /// A field that the schema does not have, while fields are in reach.
    pub fn lacking(&mut self) -> Option<Column> {
        let found: Vec<&Column> = self.lacking.iter().filter(|field| !field.multi).collect();
        let none = self.closed || found.is_empty();
        (!none).then(|| found[self.rng.below(found.len())].clone())
    }

    /// A random value and what is known of its column.
    pub fn value(&mut self, name: &str, depth: usize) -> Option<(String, Column)> {
        let ty = [
            Type::Text,
            Type::Text,
            Type::Int,
            Type::Int,
            Type::Float,
            Type::Time,
            Type::Ip,
            Type::Bool,
            Type::Bool,
        ][self.rng.below(9)]
        .clone();
        let mut column = Column::new(name, ty.clone());
        let text = match &ty {
            Type::Bool => {
                column.nullable = false;
                self.maker().condition(depth)
            }
            Type::Float => {
                column.exact = self.chance(2);
                let exact = column.exact;
                self.maker().float(depth, exact)?
            }
            _ => self.maker().value(&ty, depth)?,
        };
        column.large = true;
        Some((text, column))
    }

    fn derive(&mut self) {
        let mut made = Vec::new();
        for _ in 0..=self.rng.below(2) {
            let name = self.scope.fresh("d");
            let loose: Vec<Column> = self
                .scope
                .columns
                .iter()
                .filter(|column| column.undetermined && column.ty == Type::Text)
                .cloned()
                .collect();
            if !loose.is_empty() && self.chance(2) {
                let of = loose[self.rng.below(loose.len())].name.clone();
                let form = [
                    format!("upper({of})"),
                    format!("concat({of}, \"!\")"),
                    format!("substring({of}, 1, 3)"),
                    format!("$family[{of}]"),
                ];
                made.push(format!("{name} = {}", form[self.rng.below(form.len())]));
                self.scope.columns.push(Column {
                    undetermined: true,
                    ..Column::new(&name, Type::Text)
                });
                continue;
            }
            let depth = 1 + self.rng.below(3);
            if let Some((value, column)) = self.value(&name, depth) {
                made.push(format!("{name} = {value}"));
                self.scope.columns.push(column);
            }
        }
        if !made.is_empty() {
            self.steps.push(format!("derive {}", made.join(", ")));
        }
    }

    /// Whether a column is a table's: it needs its own name in a result.
    pub fn joined(&self, name: &str) -> bool {
        name.contains('.') && !self.class.fields.contains_key(name)
    }

    fn select(&mut self) {
        let mut all: Vec<Column> = self.scope.columns.clone();
        let count = if self.closed {
            1 + self.rng.below(all.len().max(1))
        } else {
            2 + self.rng.below(5)
        };
        let (mut items, mut columns): (Vec<String>, Vec<Column>) = Default::default();
        for _ in 0..count {
            if all.is_empty() {
                break;
            }
            if self.chance(4) {
                let name = self.scope.fresh("s");
                if let Some((value, column)) = self.value(&name, 2) {
                    items.push(format!("{name} = {value}"));
                    columns.push(column);
                }
                continue;
            }
            let column = all.remove(self.rng.below(all.len()));
            // What may hold several values is selected under its own name.
            if self.chance(5) && !column.multi {
                let name = self.scope.fresh("s");
                items.push(format!("{name} = {}", column.name));
                columns.push(Column { name, ..column });
            } else if self.joined(&column.name) {
                let name = column.name.replace('.', "_");
                items.push(format!("{name} = {}", column.name));
                columns.push(Column { name, ..column });
            } else {
                items.push(column.name.clone());
                columns.push(column);
            }
        }
        if self.chance(5)
            && let Some(field) = self.lacking()
        {
            items.push(format!("{} optional", field.name));
        }
        if columns.is_empty() {
            // Without a projection the result is the platform's own row, which a hunt does not promise.
            let Some(first) = self.scope.columns.iter().find(|column| !column.multi) else {
                return;
            };
            items.push(first.name.clone());
            columns.push(first.clone());
        }
        self.steps.push(format!("select {}", items.join(", ")));
        self.close(columns);
    }

    pub fn close(&mut self, columns: Vec<Column>) {
        self.timed = columns.iter().any(|column| column.name == "time");
        self.scope.columns = columns;
        self.closed = true;
    }

    fn top(&mut self) {
        let word = ["top", "rare"][self.rng.below(2)];
        let by = match self.rng.below(4) {
            0 => self.maker().float(1, false),
            1 => self.maker().time(1),
            _ => self.maker().int(1),
        };
        if let Some(by) = by {
            let count = ["1", "2", "5", "20", "$most"][self.rng.below(5)];
            self.steps.push(format!("{word} {count} by {by}"));
        }
    }

    fn sort(&mut self) {
        let mut keys = Vec::new();
        for _ in 0..=self.rng.below(2) {
            let found = self
                .scope
                .usable(|column| !matches!(column.ty, Type::Set(_)));
            let key = match self.rng.below(4) {
                0 => self.value("", 1).map(|(value, _)| value),
                _ if found.is_empty() => None,
                _ => Some(found[self.rng.below(found.len())].name.clone()),
            };
            let down = ["", " desc"][self.rng.below(2)];
            keys.extend(key.map(|key| format!("{key}{down}")));
        }
        if !keys.is_empty() {
            self.steps.push(format!("sort {}", keys.join(", ")));
        }
    }
}
