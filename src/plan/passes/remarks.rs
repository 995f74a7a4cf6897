//! What the header of a text says of the schema: which parts are left out, and which rows the result lacks or has in excess.
//!
//! In: a plan over neutral fields that fits the schema, and the schema's mappings with their effects. Out: [`Remarks`]. Guarantee: an effect is named only
//! where a test that decides rows depends on it: `outcome == "success"` does, a returned column does not, and a negated test has the opposite effect.

use crate::plan::walk::MadeFrom;
use crate::plan::{Column, Comparison, Expr, ExprKind, Plan, StepKind};
use crate::schema::{Affects, ClassMapping, Effect};
use crate::value::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What a reviewer of a text has to know beside the text itself; each a phrase.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// Optional parts that are left out, with what is lacking.
    pub left_out: Vec<LeftOut>,
    /// Columns of tables in which a row is met by `*` alone, because the schema lacks the field.
    pub narrowed: Vec<Narrowed>,
    /// Rows that the hunt means and the text does not find.
    pub misses: Vec<String>,
    /// Rows that the text finds and the hunt does not mean.
    pub includes: Vec<String>,
    /// Whole lines on other differences.
    pub others: Vec<String>,
}

/// A part that is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The part: a column's name; `None` for a condition.
    pub column: Option<String>,
    /// What is lacking.
    pub lack: Lack,
}

/// What a part that is left out needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// A field that the schema lacks.
    Field(String),
    /// A look-up that the target lacks.
    Lookup(String),
}

/// A column of a table without its field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narrowed {
    /// The table.
    pub table: String,
    /// Its column.
    pub column: String,
    /// The field.
    pub lack: Lack,
}

impl Remarks {
    /// Adds the effects of the mappings that the tests of a plan depend on.
    pub fn add_effects(&mut self, plan: &Plan, mapping: &ClassMapping) {
        let mut reader = Reader {
            mapping,
            made: BTreeMap::new(),
            open: BTreeSet::new(),
            remarks: self,
        };
        for step in &plan.steps {
            reader.step(&step.kind);
        }
    }

    fn add(&mut self, misses: bool, what: &str) {
        let kind = if misses {
            &mut self.misses
        } else {
            &mut self.includes
        };
        if !what.is_empty() && !kind.iter().any(|known| known == what) {
            kind.push(what.to_owned());
        }
    }
}

struct Reader<'a> {
    mapping: &'a ClassMapping,
    /// Columns that steps made, with the expressions they depend on and whether the column is that expression.
    made: BTreeMap<Cow<'a, str>, Vec<&'a Expr>>,
    /// Columns that are being followed, because a name may stand for a field of the same name.
    open: BTreeSet<String>,
    remarks: &'a mut Remarks,
}

impl<'a> Reader<'a> {
    fn step(&mut self, kind: &'a StepKind) {
        // Rows that the filter of an aggregate leaves out are missed by the aggregate.
        for predicate in kind.predicates() {
            self.test(predicate, true);
        }
        for made in kind.made() {
            match made.from {
                MadeFrom::Row(value) | MadeFrom::Key(value) => {
                    self.made.insert(made.name, vec![value]);
                }
                MadeFrom::Aggregate(aggregate) => {
                    let parts = aggregate.expressions().collect();
                    self.made.insert(made.name, parts);
                }
                MadeFrom::Measured(_) | MadeFrom::Added { .. } => {}
            }
        }
        let tests = kind.table().map_or(&[][..], |(_, tests)| tests);
        for value in tests.iter().filter_map(|test| test.value.as_ref()) {
            self.fields(value, &Asked::AnyValue, true);
        }
    }

    /// A predicate that decides rows; `holds`: whether it has to be true.
    fn test(&mut self, predicate: &'a Expr, holds: bool) {
        match &predicate.kind {
            ExprKind::And(parts) | ExprKind::Or(parts) => {
                parts.iter().for_each(|part| self.test(part, holds));
            }
            ExprKind::Not(inner) => self.test(inner, !holds),
            ExprKind::Column(Column::Computed(name)) => self.follow(name, holds),
            ExprKind::Compare {
                op: Comparison::Equal,
                left,
                right,
                ..
            } => {
                let words = literals([&**left, &**right]);
                self.fields(left, &words, holds);
                self.fields(right, &words, holds);
            }
            ExprKind::In { value, items, .. } => {
                let words = items.iter().filter_map(as_text).collect();
                self.fields(value, &Asked::Values(words), holds);
            }
            _ => self.fields(predicate, &Asked::Something, holds),
        }
    }

    /// A truth value made by an earlier step.
    fn follow(&mut self, name: &str, holds: bool) {
        let Some(made) = self.made.get(name).cloned() else {
            return;
        };
        if self.open.insert(name.to_owned()) {
            for value in made {
                self.test(value, holds);
            }
            self.open.remove(name);
        }
    }

    /// The fields that a tested value is made of.
    fn fields(&mut self, value: &'a Expr, asked: &Asked<'_>, holds: bool) {
        let mut names = Vec::new();
        value.visit(&mut |part| {
            if let ExprKind::Column(column) = &part.kind {
                names.push(column);
            }
        });
        for column in names {
            match column {
                Column::Field(name) => self.effects(name, asked, holds),
                // A key is the value of its rows; what an aggregate counts is not.
                Column::Computed(name) => {
                    if let Some([one]) = self.made.get(name.as_str()).map(Vec::as_slice)
                        && self.open.insert(name.clone())
                    {
                        let one = *one;
                        self.fields(one, asked, holds);
                        self.open.remove(name);
                    }
                }
                Column::Native(_) => {}
            }
        }
    }

    fn effects(&mut self, field: &str, asked: &Asked<'_>, holds: bool) {
        let Some(mapping) = self.mapping.fields.get(field) else {
            return;
        };
        for Effect { on, fewer, more } in &mapping.effects {
            if asked.concerns(on) {
                self.remarks.add(holds, fewer);
                self.remarks.add(!holds, more);
            }
        }
    }
}

/// What a test asks of a value.
enum Asked<'a> {
    /// That it is one of these texts.
    Values(Vec<&'a str>),
    /// That it is a value which is not known yet.
    AnyValue,
    /// Something else.
    Something,
}

impl Asked<'_> {
    fn concerns(&self, on: &Affects) -> bool {
        match (on, self) {
            (Affects::Everything, _) | (_, Asked::AnyValue) => true,
            (Affects::Equality, Asked::Values(_)) => true,
            (Affects::Words(words), Asked::Values(texts)) => {
                texts.iter().any(|text| words.iter().any(|w| w == text))
            }
            (Affects::Equality | Affects::Words(_), Asked::Something) => false,
        }
    }
}

fn literals<'a>(sides: [&'a Expr; 2]) -> Asked<'a> {
    let words = sides.into_iter().filter_map(|side| match &side.kind {
        ExprKind::Literal { value, .. } => as_text(value),
        _ => None,
    });
    Asked::Values(words.collect())
}

fn as_text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::Draft;

    /// What a query misses and finds in excess over a schema of the repository.
    fn effects(schema: &str, query: &str) -> (Vec<String>, Vec<String>) {
        let draft = Draft::new(query);
        let mapping = &draft
            .library
            .schema(schema, "network_session")
            .unwrap()
            .mapping;
        let mut remarks = Remarks::default();
        remarks.add_effects(&draft.plan(), mapping);
        (remarks.misses, remarks.includes)
    }

    fn words(found: &[String]) -> String {
        found.join("; ")
    }

    #[test]
    fn a_test_for_a_word_has_the_effect_of_that_word() {
        let (misses, includes) =
            effects("ecs", "from network_session | where outcome == \"success\"");
        assert!(words(&misses).contains("attempted"), "{misses:?}");
        assert_eq!(includes, Vec::<String>::new());
        let failures = "from network_session | where outcome in [\"failure\", \"unknown\"]";
        assert_eq!(effects("ecs", failures), (vec![], vec![]));
    }

    #[test]
    fn a_negated_test_has_the_opposite_effect() {
        for negated in [
            "where outcome != \"success\"",
            "where not (outcome == \"success\" and dst.port == 1)",
            "derive good = outcome == \"success\" | where not good",
        ] {
            let (misses, includes) = effects("ecs", &format!("from network_session | {negated}"));
            assert_eq!(misses, Vec::<String>::new(), "{negated}");
            assert!(words(&includes).contains("attempted"), "{negated}");
        }
        let (_, includes) = effects("ecs", "from network_session | where dst.host is missing");
        assert!(words(&includes).contains("host name"), "{includes:?}");
    }

    #[test]
    fn what_is_returned_only_decides_no_row() {
        let query =
            "from network_session | select outcome, dst.host, good = outcome == \"success\"";
        assert_eq!(effects("ecs", query), (vec![], vec![]));
    }

    #[test]
    fn an_effect_on_equality_is_none_on_a_part_of_the_text() {
        let ends = "from network_session | where process.name ends_with~ \".exe\"";
        assert_eq!(effects("asim", ends), (vec![], vec![]));
        let key = "from network_session | group by program = lower(process.name) { n = count() } | where program == \"a\"";
        let (misses, _) = effects("asim", key);
        assert!(words(&misses).contains("whole path"), "{misses:?}");
        let key = "from network_session within 24h | series n = count() every 1h over 24h by program = lower(process.name) | where program == \"a\"";
        let (misses, _) = effects("asim", key);
        assert!(words(&misses).contains("whole path"), "{misses:?}");
    }

    #[test]
    fn the_filter_of_an_aggregate_decides_too() {
        let query = "from network_session | group by dst.port { good = count() where outcome == \"success\" } | where good > 3";
        let (misses, _) = effects("ecs", query);
        assert!(words(&misses).contains("attempted"), "{misses:?}");
    }
}
