//! Random hunts: an envelope and several steps in sequence.

use super::expression::Maker;
use super::scope::{Column, Scope};
use huntc::pattern::testing::Rng;
use huntc::plan::Type;
use huntc::schema::Class;

/// The envelope that every random hunt has; the query follows, indented.
pub const ENVELOPE: &str = r#"hunt: random
id: 7c0e5f5e-4f0a-4c6e-9d5b-0a1b2c3d4e5f
version: 1.0.0
name: Random
description: A random hunt.
severity: low
params:
  lookback: { type: duration, default: 24h }
  most: { type: int, default: 80 }
  word: { type: string, default: "cmd.exe" }
lists:
  names: { type: string, values: [cmd.exe, "É.exe", "a"] }
  ports: { type: int, values: [80, 443, 65535] }
  addresses: { type: ip, values: [10.0.0.1, "::1", 8.8.8.8] }
  networks: { type: cidr, values: [10.0.0.0/8, "fe80::/10", 100.0.0.0/16] }
maps:
  service: { file: services.csv, key: port, value: service }
  family: { file: families.csv, key: program, value: family }
tables:
  watched:
    file: watched.csv
    platform: { kql: "_GetWatchlist('Random')" }
    columns:
      ports: { column: Ports, type: "set<int>" }
      programs: { column: Programs, type: "set<string> or *" }
      name: { column: Name, type: string }
      level: { column: Level, type: string }
  pairs:
    file: pairs.csv
    columns:
      who: { column: Who, type: string }
      what: { column: What, type: string }
query: |
"#;

/// The tables beside it.
pub const TABLES: [(&str, &str); 4] = [
    (
        "watched.csv",
        "Ports,Programs,Name,Level\n\"80,443\",\"cmd.exe,a\",web,high\n443,*,tls,low\n\"-1,7\",É.exe,it's,high\n\"65535,0,1,2,3\",*,edge,low\n80,*,web,low\n",
    ),
    (
        "pairs.csv",
        "Who,What\ncmd.exe,shell\nCMD.EXE,SHELL\na,first\na,second\nsvc host,443\nÉ.exe,it's\n443,\"10.0.0.1\"\n",
    ),
    (
        "services.csv",
        "port,service\n80,web\n443,web\n7,echo\n-1,it's\n",
    ),
    (
        "families.csv",
        "program,family\ncmd.exe,shell\nCMD.EXE,SHELL\na,a\n443,\"10.0.0.1\"\n",
    ),
];

/// A random query over the fields given.
pub fn query(rng: &mut Rng, class: &Class, fields: &[String]) -> String {
    let columns = fields.iter().map(|name| {
        let field = &class.fields[name];
        Column {
            nullable: field.nullable,
            multi: field.multi,
            ..Column::new(name, field.ty.clone())
        }
    });
    let mut program = Program {
        rng,
        class,
        scope: Scope {
            columns: columns.collect(),
            named: 0,
        },
        steps: Vec::new(),
        closed: false,
        timed: true,
    };
    program.steps();
    format!("  {}", program.steps.join("\n  | "))
}

struct Program<'a> {
    rng: &'a mut Rng,
    class: &'a Class,
    scope: Scope,
    steps: Vec<String>,
    /// Whether a step has chosen the columns.
    closed: bool,
    /// Whether the `time` of events is at hand.
    timed: bool,
}

impl Program<'_> {
    fn maker(&mut self) -> Maker<'_> {
        Maker {
            rng: self.rng,
            class: self.class,
            scope: &self.scope,
        }
    }

    fn chance(&mut self, one_in: usize) -> bool {
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
        let depth = self.rng.below(4);
        let condition = self.maker().condition(depth);
        let plain = condition
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'));
        let step = format!("where {}", plain.unwrap_or(&condition));
        self.steps.push(step);
    }

    /// A random value and what is known of its column.
    fn value(&mut self, name: &str, depth: usize) -> Option<(String, Column)> {
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

    fn keys(&mut self) -> (Vec<String>, Vec<Column>) {
        let count = [0, 1, 1, 1, 2, 2, 3][self.rng.below(7)];
        let (mut keys, mut columns): (Vec<String>, Vec<Column>) = Default::default();
        for _ in 0..count {
            let enums = self.chance(2);
            let found = self.scope.usable(|column| {
                !matches!(column.ty, Type::Set(_))
                    && columns.iter().all(|taken| taken.name != column.name)
                    && (!enums || matches!(column.ty, Type::Enum(_)))
            });
            if self.chance(3) || found.is_empty() {
                let name = self.scope.fresh("k");
                if let Some((value, column)) = self.value(&name, 2) {
                    keys.push(format!("{name} = {value}"));
                    columns.push(column);
                }
            } else {
                let column = found[self.rng.below(found.len())].clone();
                if self.chance(4) || self.joined(&column.name) {
                    let name = self.scope.fresh("k");
                    keys.push(format!("{name} = {}", column.name));
                    columns.push(Column { name, ..column });
                } else {
                    keys.push(column.name.clone());
                    columns.push(column);
                }
            }
        }
        (keys, columns)
    }

    fn group(&mut self) {
        let (keys, mut columns) = self.keys();
        let count = if keys.is_empty() {
            1 + self.rng.below(4)
        } else {
            self.rng.below(5)
        };
        let mut block = Vec::new();
        for _ in 0..count {
            let name = self.scope.fresh("a");
            let Some((call, mut column)) = self.aggregate(&name) else {
                continue;
            };
            let filter = match self.rng.below(3) {
                0 => {
                    let depth = self.rng.below(2);
                    column.nullable = true;
                    format!(" where {}", self.maker().condition(depth))
                }
                _ => String::new(),
            };
            block.push(format!("{name} = {call}{filter}"));
            columns.push(column);
        }
        if keys.is_empty() && block.is_empty() {
            let name = self.scope.fresh("a");
            block.push(format!("{name} = count()"));
            columns.push(Column::new(&name, Type::Int));
        }
        let by = if keys.is_empty() {
            String::new()
        } else {
            format!(" by {}", keys.join(", "))
        };
        let block = if block.is_empty() {
            String::new()
        } else {
            format!(" {{ {} }}", block.join(", "))
        };
        self.steps.push(format!("group{by}{block}"));
        self.close(columns);
    }

    fn aggregate(&mut self, name: &str) -> Option<(String, Column)> {
        let column = |ty: Type| Column::new(name, ty);
        let any_type = |program: &mut Self| -> Option<(String, Type)> {
            let plain = program
                .scope
                .usable(|column| !matches!(column.ty, Type::Set(_)));
            match program.rng.below(3) {
                0 => {
                    let (value, column) = program.value("", 2)?;
                    Some((value, column.ty))
                }
                _ if plain.is_empty() => None,
                _ => {
                    let column = plain[program.rng.below(plain.len())].clone();
                    Some((column.name, column.ty))
                }
            }
        };
        let number = |program: &mut Self| -> Option<(String, Type)> {
            match program.rng.below(3) {
                0 => Some((program.maker().float(1, true)?, Type::Float)),
                _ => Some((program.maker().int(1)?, Type::Int)),
            }
        };
        Some(match self.rng.below(11) {
            0 | 1 => ("count()".to_owned(), column(Type::Int)),
            2 => (
                format!("count_distinct({})", any_type(self)?.0),
                column(Type::Int),
            ),
            3 => {
                let (value, ty) = number(self)?;
                let made = Column {
                    large: true,
                    ..column(ty)
                };
                (format!("sum({value})"), made)
            }
            4 | 5 => {
                let word = ["min", "max"][self.rng.below(2)];
                let (value, ty) = match self.chance(3) {
                    true => (self.maker().time(1)?, Type::Time),
                    false => number(self)?,
                };
                (
                    format!("{word}({value})"),
                    Column {
                        large: true,
                        ..column(ty)
                    },
                )
            }
            6 => {
                let (value, _) = number(self)?;
                let made = Column {
                    exact: false,
                    ..column(Type::Float)
                };
                (format!("avg({value})"), made)
            }
            7 => {
                let (value, ty) = any_type(self)?;
                (format!("set({value})"), column(Type::Set(Box::new(ty))))
            }
            8 => {
                let (value, ty) = any_type(self)?;
                let made = column(Type::Set(Box::new(ty)));
                (
                    format!("set({value}, {})", 1 + self.rng.below(3)),
                    Column {
                        undetermined: true,
                        ..made
                    },
                )
            }
            9 => {
                let (value, ty) = any_type(self)?;
                (
                    format!("any({value})"),
                    Column {
                        undetermined: true,
                        ..column(ty)
                    },
                )
            }
            _ if !self.timed => return None,
            _ => {
                let word = ["earliest", "latest"][self.rng.below(2)];
                let (value, ty) = any_type(self)?;
                (
                    format!("{word}({value})"),
                    Column {
                        undetermined: true,
                        ..column(ty)
                    },
                )
            }
        })
    }

    /// Windows of events counted, and perhaps scored.
    fn series(&mut self) {
        let (keys, mut columns) = self.keys();
        let name = self.scope.fresh("n");
        let measure = match self.rng.below(4) {
            0 => match self.maker().int(1) {
                Some(value) => format!("sum({value})"),
                None => "count()".to_owned(),
            },
            1 => match self.maker().text(1) {
                Some(value) => format!("count_distinct({value})"),
                None => "count()".to_owned(),
            },
            _ => "count()".to_owned(),
        };
        let filter = match self.rng.below(4) {
            0 => format!(" where {}", self.maker().condition(1)),
            _ => String::new(),
        };
        let windows = ["every 15m over 3h", "every 1h over 6h", "every 30m over 3h"];
        let windows = windows[self.rng.below(windows.len())];
        let by = if keys.is_empty() {
            String::new()
        } else {
            format!(" by {}", keys.join(", "))
        };
        let text = format!("series {name} = {measure}{filter} {windows}{by}");
        self.steps.push(text);
        columns.retain(|column| column.name != "time");
        columns.push(Column {
            nullable: false,
            ..Column::new("time", Type::Time)
        });
        columns.push(Column {
            nullable: false,
            large: true,
            ..Column::new(&name, Type::Int)
        });
        if self.chance(2) {
            let (score, baseline) = (self.scope.fresh("score"), self.scope.fresh("base"));
            let trend = ["", " trend linefit", " trend average", " trend none"][self.rng.below(4)];
            let season = ["", "", " season none", " season 2", " season 3"][self.rng.below(5)];
            let text = format!("anomaly {name}{trend}{season} as {score}, {baseline}");
            self.steps.push(text);
            columns.extend([score, baseline].map(|name| Column {
                nullable: false,
                exact: false,
                ..Column::new(&name, Type::Float)
            }));
        }
        self.close(columns);
        self.timed = false;
    }

    /// A join with one of the tables.
    fn join(&mut self) {
        let alias = self.scope.fresh("j");
        let texts = |column: &Column| matches!(column.ty, Type::Text | Type::Enum(_));
        let some = |program: &mut Self, wanted: &dyn Fn(&Column) -> bool| {
            let found = program.scope.usable(wanted);
            (!found.is_empty()).then(|| found[program.rng.below(found.len())].name.clone())
        };
        let fold = ["", "~"][self.rng.below(2)];
        let (table, tests, made) = if self.chance(2) {
            let Some(port) = some(self, &|column| column.ty == Type::Int) else {
                return;
            };
            let mut tests = format!("{port} in {alias}.ports");
            if let Some(text) = some(self, &texts)
                && self.chance(2)
            {
                tests.push_str(&format!(" and {text} in{fold} {alias}.programs"));
            }
            ("watched", tests, ["name", "level"])
        } else {
            let Some(text) = some(self, &texts) else {
                return;
            };
            let sign = if fold.is_empty() { "==" } else { "=~" };
            (
                "pairs",
                format!("{text} {sign} {alias}.who"),
                ["who", "what"],
            )
        };
        let text = format!("join ${table} as {alias} on {tests}");
        self.steps.push(text);
        for name in made {
            let column = Column::new(&format!("{alias}.{name}"), Type::Text);
            self.scope.columns.push(column);
        }
        if self.chance(3) {
            let column = format!("{alias}.{}", made[1]);
            let step = match table {
                "watched" => format!("where {column} == \"low\""),
                _ => format!("where {column} != \"first\""),
            };
            self.steps.push(step);
        }
    }

    /// Whether a column is a table's: it needs a name of its own in a result.
    fn joined(&self, name: &str) -> bool {
        name.contains('.') && !self.class.fields.contains_key(name)
    }

    fn select(&mut self) {
        let mut all: Vec<Column> = self
            .scope
            .columns
            .iter()
            .filter(|column| !column.multi)
            .cloned()
            .collect();
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
        if items.is_empty() {
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

    fn close(&mut self, columns: Vec<Column>) {
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
