//! Random well-typed values, as text of the hunt language.
//!
//! Everything compound is in parentheses: the printer and the parser are tested elsewhere.

use super::scope::{Column, Scope};
use super::words;
use huntc::internals::pattern::testing::Rng;
use huntc::internals::plan::Type;
use huntc::internals::schema::Class;

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

    pub fn column(&mut self, wanted: impl Fn(&Column) -> bool) -> Option<String> {
        let found = self.scope.usable(wanted);
        (!found.is_empty()).then(|| self.pick(&found).name)
    }

    pub fn of_type(&mut self, ty: &Type) -> Option<String> {
        self.column(|column| column.ty == *ty)
    }

    /// A list of a few literals in brackets.
    pub fn list(&mut self, mut one: impl FnMut(&mut Self) -> String) -> String {
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

    pub fn int_literal(&mut self) -> String {
        match self.rng.below(12) {
            0 => "$most".to_owned(),
            _ => self.pick(words::NUMBERS).to_string(),
        }
    }

    pub fn ip_literal(&mut self) -> String {
        match self.rng.below(12) {
            0 => "$home".to_owned(),
            _ => Self::quoted(self.pick(words::ADDRESSES)),
        }
    }

    pub fn float_literal(&mut self) -> String {
        self.pick(&[
            "0.5", "1.0", "2.25", "-3.5", "80.0", "443.0", "0.25", "$ratio",
        ])
        .to_owned()
    }

    pub fn word_of(&mut self, field: &str) -> String {
        let all = self.class.fields[field].words.clone();
        Self::quoted(&self.pick(&all))
    }

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
        match self.rng.below(5) {
            0 if depth > 0 => {
                let (p, a, b) = (self.condition(0), self.boolean(0)?, self.boolean(0)?);
                Some(format!("case {{ {p} -> {a}, else {b} }}"))
            }
            4 => {
                let column = self.column(|column| column.ty == Type::Bool && column.nullable)?;
                Some(format!(
                    "coalesce({column}, {})",
                    self.pick(&["true", "false", "$strict"])
                ))
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
            8 => match self.chance(5) {
                true => format!("string({})", self.text(inner)?),
                false => format!("string({})", self.ip(inner)?),
            },
            9 => format!(
                "${}[{}]",
                self.pick(&["service", "service", "protocol"]),
                self.int(inner)?
            ),
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
                let factor = self.pick(&["2", "-3", "10", "65536"]);
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
                let p = self.condition(inner.min(1));
                let a = match self.rng.below(3) {
                    0 => self.int_literal(),
                    _ => self.int(inner)?,
                };
                let b = self.int_literal();
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
        Some(match self.rng.below(8) {
            6 => {
                let other =
                    self.column(|column| column.ty == Type::Float && (column.exact || !exact))?;
                format!("coalesce({other}, {})", self.float_literal())
            }
            7 => {
                let other =
                    self.column(|column| column.ty == Type::Float && (column.exact || !exact))?;
                format!("(-{other})")
            }
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
                match self.chance(3) {
                    true => {
                        let (a, b) = (self.float_literal(), self.float_literal());
                        format!("case {{ {p} -> {a}, else {b} }}")
                    }
                    false => {
                        format!("case {{ {p} -> float({whole}), else (float({whole}) + 0.5) }}")
                    }
                }
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
