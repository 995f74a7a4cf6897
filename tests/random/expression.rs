//! Random well-typed expressions, as text of the hunt language.
//!
//! Everything compound stands in parentheses: the printer and the parser are tested elsewhere.

use super::scope::{Column, Scope};
use super::words;
use huntc::pattern::testing::Rng;
use huntc::plan::Type;
use huntc::schema::Class;

/// Makes expressions over a scope.
pub struct Maker<'a> {
    pub rng: &'a mut Rng,
    pub class: &'a Class,
    pub scope: &'a Scope,
}

impl Maker<'_> {
    pub fn chance(&mut self, one_in: usize) -> bool {
        self.rng.below(one_in) == 0
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.rng.below(from.len())].clone()
    }

    fn column(&mut self, wanted: impl Fn(&Column) -> bool) -> Option<String> {
        let found = self.scope.usable(wanted);
        (!found.is_empty()).then(|| self.pick(&found).name)
    }

    fn of_type(&mut self, ty: &Type) -> Option<String> {
        self.column(|column| column.ty == *ty)
    }

    /// A list of a few literals in brackets.
    fn list(&mut self, mut one: impl FnMut(&mut Self) -> String) -> String {
        let count = [1, 1, 2, 3, 4][self.rng.below(5)];
        let items: Vec<String> = (0..count).map(|_| one(self)).collect();
        format!("[{}]", items.join(", "))
    }

    pub fn quoted(text: &str) -> String {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }

    pub fn text_literal(&mut self) -> String {
        match self.rng.below(12) {
            0 => "$word".to_owned(),
            _ => Self::quoted(self.pick(words::TEXTS)),
        }
    }

    fn int_literal(&mut self) -> String {
        match self.rng.below(12) {
            0 => "$most".to_owned(),
            _ => self.pick(words::NUMBERS).to_string(),
        }
    }

    fn ip_literal(&mut self) -> String {
        Self::quoted(self.pick(words::ADDRESSES))
    }

    fn float_literal(&mut self) -> String {
        self.pick(&["0.5", "1.0", "2.25", "-3.5", "80.0", "443.0", "0.25"])
            .to_owned()
    }

    fn word_of(&mut self, field: &str) -> String {
        let all = self.class.fields[field].words.clone();
        Self::quoted(&self.pick(&all))
    }

    // ---- conditions

    /// A condition in parentheses.
    pub fn condition(&mut self, depth: usize) -> String {
        if depth > 0 && self.chance(2) {
            let parts = 2 + self.rng.below(2);
            let (a, b) = (self.condition(depth - 1), self.condition(depth - 1));
            return match self.rng.below(7) {
                0 | 1 => format!("(not {a})"),
                2 | 3 => format!("({a} and {b})"),
                4 | 5 => format!("({a} or {b})"),
                _ if parts == 3 => format!("({a} or {b} and not {a})"),
                _ => format!("(not ({a} and {b}))"),
            };
        }
        let atom = self.atom(depth);
        format!("({atom})")
    }

    fn atom(&mut self, depth: usize) -> String {
        let deep = depth.min(2);
        for _ in 0..20 {
            let made = match self.rng.below(24) {
                0..=4 => self.text_atom(deep),
                5..=7 => self.int_atom(deep),
                8..=9 => self.ip_atom(deep),
                10..=13 => self.enum_atom(),
                14..=15 => self.time_atom(),
                16 => self.float_atom(deep),
                17 => self.several_atom(),
                18..=19 => self.presence(deep),
                20..=21 => self.bool_atom(deep),
                22 => self.size_atom(),
                _ => self.columns_atom(),
            };
            if let Some(made) = made {
                return made;
            }
        }
        "true".to_owned()
    }

    fn text_atom(&mut self, depth: usize) -> Option<String> {
        let value = self.text(depth)?;
        let fold = if self.chance(2) { "~" } else { "" };
        Some(match self.rng.below(9) {
            0 => {
                let (sign, literal) = (self.pick(&["==", "!=", "=~", "!~"]), self.text_literal());
                format!("{value} {sign} {literal}")
            }
            1 => {
                let (sign, other) = (self.pick(&["==", "!=", "=~", "!~"]), self.text(depth)?);
                format!("{value} {sign} {other}")
            }
            2 | 3 => {
                let not = self.pick(&["", "not "]);
                let list = match self.rng.below(4) {
                    0 => "$names".to_owned(),
                    _ => self.list(Self::text_literal),
                };
                format!("{value} {not}in{fold} {list}")
            }
            4 | 5 => {
                let test = self.pick(&["contains", "starts_with", "ends_with"]);
                let needle = match self.rng.below(4) {
                    0 => self.list(|maker| Self::quoted(maker.pick(words::NEEDLES))),
                    1 => self.text(0)?,
                    _ => Self::quoted(self.pick(words::NEEDLES)),
                };
                format!("{value} {test}{fold} {needle}")
            }
            6 => {
                let needle = match self.rng.below(3) {
                    0 => self.list(|maker| Self::quoted(maker.pick(words::WHOLE_WORDS))),
                    _ => Self::quoted(self.pick(words::WHOLE_WORDS)),
                };
                format!("{value} has_word{fold} {needle}")
            }
            7 => {
                let flag = self.pick(&["", "i"]);
                format!("{value} matches /{}/{flag}", self.pick(words::REGEXES))
            }
            _ => format!(
                "length({value}) {} {}",
                self.pick(&["<", ">=", "=="]),
                self.pick(&[1, 3, 7])
            ),
        })
    }

    fn int_atom(&mut self, depth: usize) -> Option<String> {
        let value = self.int(depth)?;
        Some(match self.rng.below(6) {
            0 | 1 => {
                let (sign, other) = (
                    self.pick(&["==", "!=", "<", "<=", ">", ">="]),
                    self.int_literal(),
                );
                format!("{value} {sign} {other}")
            }
            2 => {
                let (sign, other) = (
                    self.pick(&["==", "!=", "<", "<=", ">", ">="]),
                    self.int(depth)?,
                );
                format!("{value} {sign} {other}")
            }
            3 | 4 => {
                let not = self.pick(&["", "not "]);
                let list = match self.rng.below(4) {
                    0 => "$ports".to_owned(),
                    _ => self.list(Self::int_literal),
                };
                format!("{value} {not}in {list}")
            }
            _ => {
                let (low, high) = (self.pick(&[-1, 0, 1, 80]), self.pick(&[80, 443, 65_535]));
                format!("{value} between {low} and {high}")
            }
        })
    }

    fn float_atom(&mut self, depth: usize) -> Option<String> {
        let value = self.float(depth, false)?;
        let literal = self.float_literal();
        Some(match self.rng.below(3) {
            0 => format!("{value} between 0 and 80.0"),
            1 => format!("{value} not in [{literal}, 1]"),
            _ => format!("{value} {} {literal}", self.pick(&["==", "!=", "<", ">="])),
        })
    }

    fn ip_atom(&mut self, depth: usize) -> Option<String> {
        let value = self.ip(depth)?;
        let not = self.pick(&["", "not "]);
        Some(match self.rng.below(7) {
            0 => format!("{value} {} {}", self.pick(&["==", "!="]), self.ip_literal()),
            1 => {
                let list = if self.chance(3) {
                    "$addresses".to_owned()
                } else {
                    self.list(Self::ip_literal)
                };
                format!("{value} {not}in {list}")
            }
            2 | 3 => {
                let networks = match self.rng.below(4) {
                    0 => "$networks".to_owned(),
                    1 => Self::quoted(self.pick(words::NETWORKS)),
                    _ => self.list(|maker| Self::quoted(maker.pick(words::NETWORKS))),
                };
                format!("{value} {not}in_cidr {networks}")
            }
            4 => format!("{value} {} {}", self.pick(&["==", "!="]), self.ip(depth)?),
            _ => {
                let test = self.pick(&["is_private", "is_public", "is_ipv4", "is_ipv6"]);
                format!("{test}({value})")
            }
        })
    }

    fn enum_atom(&mut self) -> Option<String> {
        let found = self
            .scope
            .usable(|column| matches!(column.ty, Type::Enum(_)));
        let column = (!found.is_empty()).then(|| self.pick(&found))?;
        let Type::Enum(field) = &column.ty else {
            return None;
        };
        let name = &column.name;
        Some(match self.rng.below(5) {
            0 | 1 => format!(
                "{name} {} {}",
                self.pick(&["==", "!="]),
                self.word_of(field)
            ),
            2 | 3 => {
                let not = self.pick(&["", "not "]);
                let list = self.list(|maker| maker.word_of(field));
                format!("{name} {not}in {list}")
            }
            _ => {
                let sign = self.pick(&["==", "!="]);
                let other = self.of_type(&column.ty)?;
                format!("{name} {sign} {other}")
            }
        })
    }

    fn time_atom(&mut self) -> Option<String> {
        let value = self.time(1)?;
        let (a, b) = (self.pick(words::DURATIONS), self.pick(words::DURATIONS));
        let sign = self.pick(&["==", "!=", "<", "<=", ">", ">="]);
        Some(match self.rng.below(4) {
            0 | 1 => format!("{value} {sign} now - {a}"),
            2 => format!("{value} between now - 2d and now - {a}"),
            _ => {
                let other = self.time(0)?;
                let sign = self.pick(&["<", "<=", ">", ">="]);
                if self.chance(2) {
                    format!("{value} - {other} {sign} {b}")
                } else {
                    format!("{value} {sign} {other}")
                }
            }
        })
    }

    fn several_atom(&mut self) -> Option<String> {
        let found: Vec<Column> = self
            .scope
            .columns
            .iter()
            .filter(|column| column.multi)
            .cloned()
            .collect();
        let column = (!found.is_empty()).then(|| self.pick(&found))?;
        let literal = match &column.ty {
            Type::Ip => Self::ip_literal,
            _ => Self::text_literal,
        };
        let one = literal(self);
        Some(match self.rng.below(2) {
            0 => format!("{} {} {one}", column.name, self.pick(&["==", "!="])),
            _ => {
                let not = self.pick(&["", "not "]);
                format!("{} {not}in {}", column.name, self.list(literal))
            }
        })
    }

    fn presence(&mut self, depth: usize) -> Option<String> {
        let test = self.pick(&["exists", "is missing"]);
        let found = self.scope.usable(|column| {
            !matches!(column.ty, Type::Set(_)) && (column.ty != Type::Bool || column.nullable)
        });
        let value = match self.rng.below(4) {
            0 => self.text(depth)?,
            1 if self.chance(2) => self.int(depth)?,
            2 if self.chance(2) => self.ip(depth)?,
            _ if found.is_empty() => return None,
            _ => self.pick(&found).name,
        };
        Some(format!("{value} {test}"))
    }

    fn bool_atom(&mut self, depth: usize) -> Option<String> {
        let value = self.boolean(depth)?;
        Some(match self.rng.below(5) {
            0 => format!("{value} == {}", self.pick(&["true", "false"])),
            1 => format!("{value} != {}", self.pick(&["true", "false"])),
            2 => {
                let other = self.boolean(depth)?;
                format!("{value} {} {other}", self.pick(&["==", "!="]))
            }
            _ => value,
        })
    }

    fn size_atom(&mut self) -> Option<String> {
        let set = self.column(|column| matches!(column.ty, Type::Set(_)))?;
        Some(format!(
            "size({set}) {} {}",
            self.pick(&["==", ">", "<="]),
            self.pick(&[0, 1, 2])
        ))
    }

    /// Two columns of one type.
    fn columns_atom(&mut self) -> Option<String> {
        let left = self
            .column(|column| matches!(column.ty, Type::Text | Type::Int | Type::Ip | Type::Time))?;
        let ty = self.scope.find(&left)?.ty.clone();
        let right = self.of_type(&ty)?;
        let order = matches!(ty, Type::Int | Type::Time) && self.chance(2);
        let sign = if order {
            self.pick(&["<", ">="])
        } else {
            self.pick(&["==", "!="])
        };
        Some(format!("{left} {sign} {right}"))
    }

    // ---- values

    pub fn value(&mut self, ty: &Type, depth: usize) -> Option<String> {
        match ty {
            Type::Text => self.text(depth),
            Type::Int => self.int(depth),
            Type::Float => self.float(depth, false),
            Type::Time => self.time(depth),
            Type::Ip => self.ip(depth),
            Type::Bool => self.boolean(depth),
            _ => self.of_type(ty),
        }
    }

    /// A bool column, or a condition.
    pub fn boolean(&mut self, depth: usize) -> Option<String> {
        match self.rng.below(4) {
            0 if depth > 0 => {
                let (p, a, b) = (self.condition(0), self.boolean(0)?, self.boolean(0)?);
                Some(format!("case {{ {p} -> {a}, else {b} }}"))
            }
            1 if depth > 0 => Some(self.condition(depth - 1)),
            _ => self.of_type(&Type::Bool),
        }
    }

    pub fn text(&mut self, depth: usize) -> Option<String> {
        if depth == 0 || self.chance(2) {
            return self.of_type(&Type::Text);
        }
        let inner = depth - 1;
        Some(match self.rng.below(12) {
            0 => format!("lower({})", self.text(inner)?),
            1 => format!("upper({})", self.text(inner)?),
            2 => {
                let (a, b) = (self.text(inner)?, self.text(inner)?);
                format!("concat({a}, {}, {b})", self.text_literal())
            }
            3 => {
                let start = self.rng.below(4);
                let value = self.text(inner)?;
                if self.chance(2) {
                    format!("substring({value}, {start})")
                } else {
                    format!("substring({value}, {start}, {})", self.rng.below(5))
                }
            }
            4 => {
                let (from, to) = (self.pick(words::NEEDLES), self.pick(words::NEEDLES));
                format!(
                    "replace({}, {}, {})",
                    self.text(inner)?,
                    Self::quoted(from),
                    Self::quoted(to)
                )
            }
            5 => {
                let flag = self.pick(&["", "i"]);
                format!(
                    "extract({}, /{}/{flag})",
                    self.text(inner)?,
                    self.pick(words::EXTRACTS)
                )
            }
            6 => {
                let (a, b) = (self.text(inner)?, self.text(inner)?);
                if self.chance(2) {
                    format!("coalesce({a}, {b})")
                } else {
                    format!("coalesce({a}, {b}, {})", self.text_literal())
                }
            }
            7 => format!("string({})", self.int(inner)?),
            8 => format!("string({})", self.ip(inner)?),
            9 => format!("$service[{}]", self.int(inner)?),
            10 => format!("$family[{}]", self.text(inner)?),
            _ => {
                let (p, q) = (self.condition(inner.min(1)), self.condition(0));
                let (a, b) = (self.text(inner)?, self.text_literal());
                if self.chance(2) {
                    format!("case {{ {p} -> {a}, {q} -> {b}, else {a} }}")
                } else {
                    format!("case {{ {p} -> {b}, else {} }}", self.text(inner)?)
                }
            }
        })
    }

    pub fn int(&mut self, depth: usize) -> Option<String> {
        if depth == 0 || self.chance(2) {
            return self.of_type(&Type::Int);
        }
        let inner = depth - 1;
        Some(match self.rng.below(9) {
            0 => format!(
                "({} {} {})",
                self.int(inner)?,
                self.pick(&["+", "-"]),
                self.int(inner)?
            ),
            1 => {
                let factor = self.pick(&["2", "-3", "10"]);
                format!(
                    "({} * {factor})",
                    self.column(|column| column.ty == Type::Int && !column.large)?
                )
            }
            2 => format!("(-{})", self.int(inner)?),
            3 => format!("length({})", self.text(inner)?),
            4 => format!("int({})", self.text(inner)?),
            5 => {
                let (a, b) = (self.int(inner)?, self.int(inner)?);
                if self.chance(2) {
                    format!("coalesce({a}, {b})")
                } else {
                    format!("coalesce({a}, {})", self.int_literal())
                }
            }
            6 => format!(
                "size({})",
                self.column(|column| matches!(column.ty, Type::Set(_)))?
            ),
            7 => format!(
                "({} {} {})",
                self.int(inner)?,
                self.pick(&["+", "-"]),
                self.int_literal()
            ),
            _ => {
                let (p, a, b) = (
                    self.condition(inner.min(1)),
                    self.int(inner)?,
                    self.int_literal(),
                );
                format!("case {{ {p} -> {a}, else {b} }}")
            }
        })
    }

    /// A float; `exact` ones only of quarters.
    pub fn float(&mut self, depth: usize, exact: bool) -> Option<String> {
        let column = self.column(|column| column.ty == Type::Float && (column.exact || !exact));
        if let Some(column) = column
            && self.chance(2)
        {
            return Some(column);
        }
        let inner = depth.saturating_sub(1);
        let whole = self.int(inner)?;
        Some(match self.rng.below(6) {
            0 => format!("float({whole})"),
            1 => format!("({whole} / {})", self.pick(&["2", "4", "-2"])),
            2 if !exact => format!("({whole} / {})", self.int(inner)?),
            3 if !exact => format!("({whole} / 3 * 0.1)"),
            4 => format!(
                "(float({whole}) {} {})",
                self.pick(&["+", "-"]),
                self.float_literal()
            ),
            5 => {
                let p = self.condition(0);
                format!("case {{ {p} -> float({whole}), else (float({whole}) + 0.5) }}")
            }
            _ => format!("(float({whole}) * 0.5)"),
        })
    }

    pub fn time(&mut self, depth: usize) -> Option<String> {
        let column = self.of_type(&Type::Time);
        if depth == 0 || self.chance(2) {
            return column;
        }
        let inner = self.time(depth - 1)?;
        Some(match self.rng.below(5) {
            0 => format!("bin({inner}, {})", self.pick(words::WIDTHS)),
            1 => format!("({inner} - {})", self.pick(words::DURATIONS)),
            2 => format!("({inner} + {})", self.pick(words::DURATIONS)),
            3 => format!("coalesce({}, now)", inner),
            _ => {
                let p = self.condition(0);
                format!("case {{ {p} -> {inner}, else now - 1h }}")
            }
        })
    }

    pub fn ip(&mut self, depth: usize) -> Option<String> {
        if depth == 0 || self.chance(2) {
            return self.of_type(&Type::Ip);
        }
        let inner = depth - 1;
        Some(match self.rng.below(4) {
            0 if self.chance(6) => format!("ip({})", self.text(inner)?),
            1 => format!("coalesce({}, {})", self.ip(inner)?, self.ip(inner)?),
            2 => format!("coalesce({}, {})", self.ip(inner)?, self.ip_literal()),
            _ => {
                let (p, a, b) = (self.condition(0), self.ip(inner)?, self.ip(inner)?);
                format!("case {{ {p} -> {a}, else {b} }}")
            }
        })
    }
}
