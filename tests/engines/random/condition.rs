//! Random conditions, as text of the hunt language.
//!
//! Everything compound is in parentheses: the printer and the parser are tested elsewhere.

use super::expression::Maker;
use super::scope::Column;
use super::words;
use huntc::internals::plan::Type;

impl Maker<'_> {
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
                // What is joined of parts may have a letter beyond ASCII beside a word, which rule 10 of the semantics leaves open.
                let whole = self.column(|column| column.ty == Type::Text && !column.large)?;
                let value = match self.rng.below(3) {
                    0 => format!("lower({whole})"),
                    _ => whole,
                };
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
        let scored = self.scope.scored();
        if !scored.is_empty() && self.chance(2) {
            let sign = self.pick(&["<", "<=", ">", ">="]);
            let bound = self.pick(&["0.7712", "2.77", "-1.301"]);
            return Some(format!("{} {sign} {bound}", self.pick(&scored).name));
        }
        let value = self.float(depth, false)?;
        let literal = self.float_literal();
        Some(match self.rng.below(3) {
            0 => format!("{value} between 0 and 80.0"),
            1 => {
                let not = self.pick(&["", "not "]);
                let list = [format!("[{literal}, 1]"), "$rates".to_owned()];
                format!("{value} {not}in {}", self.pick(&list))
            }
            _ => format!(
                "{value} {} {literal}",
                self.pick(&["==", "!=", "<", "<=", ">", ">="])
            ),
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
                if self.chance(2) {
                    let sign = self.pick(&["<", "<=", ">", ">=", "==", "!="]);
                    format!("{value} - {other} {sign} {b}")
                } else {
                    let sign = self.pick(&["<", "<=", ">", ">="]);
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
            3 if self.chance(6) => self.float(depth, false)?,
            _ if found.is_empty() => return None,
            _ => self.pick(&found).name,
        };
        Some(format!("{value} {test}"))
    }

    fn bool_atom(&mut self, depth: usize) -> Option<String> {
        let value = self.boolean(depth)?;
        Some(match self.rng.below(5) {
            0 => format!("{value} == {}", self.pick(&["true", "false", "$strict"])),
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
            self.pick(&["<", "<=", ">", ">="])
        } else {
            self.pick(&["==", "!="])
        };
        Some(format!("{left} {sign} {right}"))
    }
}
