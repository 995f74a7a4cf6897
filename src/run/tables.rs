//! Rows that come with the command line in place of those of a hunt's tables.
//!
//! In: `--table NAME=FILE`. Out: the hunt with the rows of the files, and what was skipped. Guarantee: a file is read as a platform reads its own
//! object at run time, so what is skipped here is skipped there; how much that was is said, never hidden.

use crate::diag::{Code, Diagnostic, suggest};
use crate::hunt::{Hunt, Skipped, read_rows_leniently};
use crate::source::{Files, MAX_BYTES, Span, read_text};
use std::collections::BTreeSet;
use std::path::Path;

/// A table whose rows were replaced.
#[derive(Clone, Debug)]
pub(crate) struct Replaced {
    /// The table.
    pub name: String,
    /// The file of the rows, as given.
    pub path: String,
    /// How many rows were read.
    pub rows: usize,
    /// Cells that were skipped.
    pub skipped: Vec<Skipped>,
}

/// Replaces rows of the hunt's tables.
pub(super) fn replace(
    given: &[String],
    hunt: &mut Hunt,
    files: &mut Files,
) -> Result<Vec<Replaced>, Vec<Diagnostic>> {
    let mut replaced = Vec::new();
    let mut faults = Vec::new();
    let mut met = BTreeSet::new();
    for text in given {
        match one(text, hunt, files, &mut met) {
            Ok(one) => replaced.push(one),
            Err(fault) => faults.push(*fault),
        }
    }
    if faults.is_empty() {
        Ok(replaced)
    } else {
        Err(faults)
    }
}

fn one(
    text: &str,
    hunt: &mut Hunt,
    files: &mut Files,
    met: &mut BTreeSet<String>,
) -> Result<Replaced, Box<Diagnostic>> {
    let file = files.add("--table", text.to_owned());
    let fault = |from: usize, to: usize, title: String| {
        Diagnostic::at(Code::E0658, Span::new(file, from, to), title)
    };
    let Some((name, path)) = text.split_once('=').filter(|(_, path)| !path.is_empty()) else {
        let title = "a table is given as `name=file`".to_owned();
        return Err(Box::new(fault(0, text.len(), title)));
    };
    let names: Vec<&str> = hunt.tables.keys().map(String::as_str).collect();
    if !names.contains(&name) {
        let title = format!("hunt `{}` has no table `{name}`", hunt.slug.value);
        let fault = fault(0, name.len(), title);
        return Err(Box::new(match suggest::nearest(name, names.clone()) {
            Some(near) => {
                let span = Span::new(file, 0, name.len());
                fault.fix(span, near, "a table with a similar name exists")
            }
            None if names.is_empty() => fault.help("it declares no tables"),
            None => fault.help(format!("there are: {}", names.join(", "))),
        }));
    }
    if !met.insert(name.to_owned()) {
        let title = format!("the rows of `{name}` are given twice");
        return Err(Box::new(fault(0, name.len(), title)));
    }
    let csv = read_text(files, Path::new(path), MAX_BYTES).map_err(|fault| Diagnostic {
        code: Code::E0658,
        ..fault
    })?;
    let Some(table) = hunt.tables.get_mut(name) else {
        let title = format!("there is no table `{name}`");
        return Err(Box::new(fault(0, name.len(), title)));
    };
    let (rows, skipped) = read_rows_leniently(&table.columns, files.text(csv));
    // A platform refuses to run without the column: that is no cell to pass over.
    if let Some(absent) = skipped.iter().find(|skipped| skipped.line == 1) {
        let fault = fault(name.len() + 1, text.len(), absent.reason.clone());
        let names = table.columns.iter().map(|column| column.source.as_str());
        let names = names.collect::<Vec<_>>().join(", ");
        return Err(Box::new(fault.help(format!("its columns are: {names}"))));
    }
    let number = rows.len();
    table.replace(rows);
    Ok(Replaced {
        name: name.to_owned(),
        path: path.to_owned(),
        rows: number,
        skipped,
    })
}
