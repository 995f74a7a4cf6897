//! What a random expression may speak of: fields of the class while they are in reach, and columns made before.

use huntc::internals::plan::Type;

/// A column that may be named.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: String,
    pub ty: Type,
    /// Whether it may be absent. Only of a bool does the language ask: one that is never missing is not tested for it.
    pub nullable: bool,
    pub multi: bool,
    /// `any`, `latest` and similar.
    pub undetermined: bool,
    /// A float that is a small whole number of quarters: sums of such do not depend on the order of rows.
    pub exact: bool,
    /// A score or a baseline, which is also compared with bounds that such have.
    pub scored: bool,
    /// A value that was multiplied already: kept out of further multiplication, so that nothing overflows.
    pub large: bool,
}

impl Column {
    pub fn new(name: &str, ty: Type) -> Column {
        Column {
            name: name.to_owned(),
            ty,
            nullable: true,
            multi: false,
            undetermined: false,
            exact: true,
            scored: false,
            large: false,
        }
    }
}

/// The columns in reach.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub columns: Vec<Column>,
    /// Names given so far.
    pub named: usize,
}

impl Scope {
    pub fn fresh(&mut self, prefix: &str) -> String {
        self.named += 1;
        format!("{prefix}{}", self.named)
    }

    /// Columns that any expression may use.
    pub fn usable(&self, wanted: impl Fn(&Column) -> bool) -> Vec<Column> {
        let all = self.columns.iter();
        all.filter(|column| !column.multi && !column.undetermined)
            .filter(|column| wanted(column))
            .cloned()
            .collect()
    }

    pub fn find(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// A score or a baseline.
    pub fn scored(&self) -> Vec<Column> {
        let all = self.columns.iter();
        all.filter(|column| column.scored).cloned().collect()
    }
}
