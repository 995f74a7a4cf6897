//! Random steps that make other rows: groups, series with their scores, joins.

use super::program::Program;
use super::scope::Column;
use huntc::internals::plan::Type;

impl Program<'_> {
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

    pub fn group(&mut self) {
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
        if self.chance(6)
            && let Some(field) = self.lacking()
        {
            let name = self.scope.fresh("a");
            block.push(format!("{name} = count_distinct({}) optional", field.name));
        }
        if keys.is_empty() && columns.is_empty() {
            let name = self.scope.fresh("a");
            block.push(format!("{name} = count()"));
            columns.push(Column::new(&name, Type::Int));
        }
        let mut named = keys.clone();
        if !keys.is_empty()
            && self.chance(8)
            && let Some(field) = self.lacking()
        {
            named.push(format!("{} optional", field.name));
        }
        let by = if keys.is_empty() {
            String::new()
        } else {
            format!(" by {}", named.join(", "))
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
    pub fn series(&mut self) {
        let (mut keys, mut columns) = self.keys();
        // The start of a window is called so.
        keys.retain(|key| key != "time");
        columns.retain(|column| column.name != "time");
        let name = self.scope.fresh("n");
        let measure = match self.rng.below(4) {
            0 => match self.maker().int(1) {
                // Sums beyond a hundred thousand leave few digits of a score that doubles are reckoned with.
                Some(value) => {
                    format!("sum(case {{ {value} between -1 and 65536 -> {value}, else 0 }})")
                }
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
                scored: true,
                ..Column::new(&name, Type::Float)
            }));
        }
        self.close(columns);
        self.timed = false;
    }

    /// A join with one of the tables.
    pub fn join(&mut self) {
        let alias = self.scope.fresh("j");
        let texts = |column: &Column| matches!(column.ty, Type::Text | Type::Enum(_));
        let some = |program: &mut Self, wanted: &dyn Fn(&Column) -> bool| {
            let found = program.scope.usable(wanted);
            (!found.is_empty()).then(|| found[program.rng.below(found.len())].name.clone())
        };
        let fold = ["", "~"][self.rng.below(2)];
        if self.chance(3) {
            self.join_hosts(&alias);
            return;
        }
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

    /// A join with the table whose columns have all types.
    fn join_hosts(&mut self, alias: &str) {
        let mut tests = Vec::new();
        for (ty, column) in [
            (Type::Ip, "address"),
            (Type::Int, "rank"),
            (Type::Bool, "trusted"),
            (Type::Text, "site"),
        ] {
            let found = self.scope.usable(|column| column.ty == ty);
            if !found.is_empty() && (column == "address" || self.chance(3)) {
                let name = found[self.rng.below(found.len())].name.clone();
                let fold = if ty == Type::Text { "=~" } else { "==" };
                let sign = ["==", fold][self.rng.below(2)];
                tests.push(format!("{name} {sign} {alias}.{column}"));
            }
        }
        let found = self.scope.usable(|column| column.ty == Type::Ip);
        if !tests.is_empty() && !found.is_empty() && self.chance(3) {
            let name = found[self.rng.below(found.len())].name.clone();
            tests.push(format!("{name} in {alias}.gateways"));
        }
        if tests.is_empty() {
            return;
        }
        self.steps
            .push(format!("join $hosts as {alias} on {}", tests.join(" and ")));
        for (name, ty) in [
            ("address", Type::Ip),
            ("site", Type::Text),
            ("rank", Type::Int),
            ("weight", Type::Float),
            ("trusted", Type::Bool),
        ] {
            let column = Column::new(&format!("{alias}.{name}"), ty);
            self.scope.columns.push(column);
        }
        if self.chance(3) {
            let test = ["exists", "is missing", "== true", "!= $strict"][self.rng.below(4)];
            self.steps.push(format!("where {alias}.trusted {test}"));
        }
    }
}
