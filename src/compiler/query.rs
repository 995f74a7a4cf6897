//! A finished query, with what artefacts of a platform need beside its text.
//!
//! In: a bound plan, a target, where the hunt comes from. Out: [`Query`]. Guarantee: the text is what the dialect printed, byte for byte.

use crate::backend::{self, Origin, Target};
use crate::diag::Diagnostic;
use crate::hunt::Hunt;
use crate::plan::Type;
use crate::plan::passes::Bound;
use crate::schema::Schema;
use std::collections::BTreeMap;
use std::path::Path;

/// A query of a hunt for a target.
#[derive(Clone, Debug)]
pub struct Query {
    /// The text, ending with a line break.
    pub text: String,
    /// The usual ending of a file with such a text: `kql`, `esql`, `sql`.
    pub extension: String,
    /// The target's name.
    pub target: String,
    /// The columns of the result, in order; empty where the hunt neither selects nor groups, so that every column of the table is given.
    pub columns: Vec<ResultColumn>,
    /// The entities that the hunt names, by kind (`host`, `ip`): the column of the result on the platform.
    pub entities: BTreeMap<String, String>,
    /// What a reader should know: what was left out, what the platform cannot say exactly.
    pub notes: Vec<Diagnostic>,
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultColumn {
    /// Its name on the platform.
    pub name: String,
    /// Its name in the hunt.
    pub neutral: String,
    /// Its type in the hunt.
    pub ty: Type,
}

/// Prints a bound plan. The notes are those of the target alone.
pub(super) fn emit(
    bound: &Bound,
    target: &Target,
    origin: &Origin,
    entities: &BTreeMap<String, String>,
) -> Result<Query, Vec<Diagnostic>> {
    let backend::Query { text, notes } = backend::emit(bound, target, origin)?;
    let columns: Vec<ResultColumn> = (bound.outputs.iter())
        .map(|output| ResultColumn {
            name: output.name.clone(),
            neutral: output.neutral.clone(),
            ty: output.ty.clone(),
        })
        .collect();
    let on_platform = |(kind, neutral): (&String, &String)| {
        let column = columns.iter().find(|column| column.neutral == *neutral)?;
        Some((kind.clone(), column.name.clone()))
    };
    Ok(Query {
        entities: entities.iter().filter_map(on_platform).collect(),
        text,
        extension: target.dialect.file.extension.clone(),
        target: target.name.clone(),
        columns,
        notes,
    })
}

/// What the header of a text says of the hunt; `path` is its file relative to the rule repository.
#[must_use]
pub(crate) fn origin(hunt: &Hunt, schema: &Schema, path: &Path) -> Origin {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    Origin {
        name: hunt.name.value.clone(),
        version: hunt.version.value.clone(),
        severity: hunt.severity.as_str().to_owned(),
        attack: hunt.attack.iter().map(|id| id.value.clone()).collect(),
        id: hunt.id.value.clone(),
        schema: format!("{} {}", schema.name, schema.version),
        path: parts.join("/"),
        generator: format!("huntc {}", env!("CARGO_PKG_VERSION")),
    }
}
