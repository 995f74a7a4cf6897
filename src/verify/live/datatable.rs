//! Sheets as statements of KQL.
//!
//! In: tables, the text that reads them. Out: `let` statements that give each name of a table its rows. Guarantee: a query that begins with them reads nothing
//! that is stored; every cell is a literal, whatever is in it; a cell that no literal holds is refused.
//!
//! Forms: `datatable` (<https://learn.microsoft.com/kusto/query/datatable-operator>), functions with defaults
//! (<https://learn.microsoft.com/kusto/query/functions/user-defined-functions>), literals (<https://learn.microsoft.com/kusto/query/scalar-data-types/>):
//! a text has no null, its escapes are those of `scalar-data-types/string`.

use super::super::interpreters::{Language, sample};
use super::super::rows::{EngineTable, Missing};
use crate::interp::Sample;
use serde_json::Value as Json;
use std::fmt::Write;

/// A table whose rows are written.
#[derive(Clone, Debug)]
pub struct Written {
    /// As the text says it: a name, or a whole call.
    name: String,
    columns: Vec<String>,
    /// `datatable(..)[..]`.
    table: String,
}

impl Written {
    /// Writes the rows of a table.
    ///
    /// # Errors
    /// A cell that no literal holds.
    pub fn of(engine_table: &EngineTable) -> Result<Written, String> {
        let Sample {
            name,
            columns,
            rows,
        } = sample(engine_table, Language::Kql, Missing::Blank);
        let declared: Vec<String> = columns
            .iter()
            .map(|(name, ty)| format!("{}: {ty}", quoted_name(name)))
            .collect();
        let mut table = format!("datatable({})[", declared.join(", "));
        for row in &rows {
            for (cell, (column, ty)) in row.iter().zip(&columns) {
                let literal = literal(cell, ty)
                    .ok_or_else(|| format!("{name}, {column}: {cell} is no literal of {ty}"))?;
                table.push_str(&literal);
                table.push(',');
            }
            table.push('\n');
        }
        table.push(']');
        Ok(Written {
            name,
            columns: columns.into_iter().map(|(name, _)| name).collect(),
            table,
        })
    }

    /// How long it is.
    #[must_use]
    pub fn length(&self) -> usize {
        self.table.len()
    }
}

/// The statements before a text.
///
/// # Errors
/// A name that is neither that of a table nor a call that is known.
pub fn statements(engine_tables: &[Written], text: &str) -> Result<String, String> {
    // Names of the statements themselves, which the text does not have.
    let mut prefix = "huntc_rows_".to_owned();
    while text.contains(&prefix) {
        prefix.push('_');
    }
    let mut out = String::new();
    let mut watchlists: Vec<(String, String)> = Vec::new();
    for (at, engine_table) in engine_tables.iter().enumerate() {
        let rows = format!("{prefix}{at}");
        let table = &engine_table.table;
        if let Some(alias) = alias(&engine_table.name) {
            let _ = writeln!(out, "let {rows} = {table};");
            watchlists.push((alias.to_owned(), rows));
        } else if !is_name(&engine_table.name) {
            return Err(format!("`{}` is no name of a table", engine_table.name));
        } else if text.contains(&format!("{}(", engine_table.name)) {
            let _ = writeln!(out, "let {rows} = {table};");
            out.push_str(&parser(engine_table, &rows)?);
        } else {
            let _ = writeln!(out, "let {} = {table};", quoted_name(&engine_table.name));
        }
    }
    if !watchlists.is_empty() {
        // A list of another alias adds columns, and no rows.
        let parts = watchlists.iter().map(|(alias, rows)| {
            let alias = quoted(alias);
            format!("({rows} | where watchlistAlias == {alias})")
        });
        let parts = parts.collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            out,
            "let _GetWatchlist = (watchlistAlias: string) {{ union {parts} }};"
        );
    }
    Ok(out)
}

/// A filtering parser of ASIM: the window, closed at both ends
/// (<https://learn.microsoft.com/azure/sentinel/normalization-about-parsers>). A text that gives it another parameter is refused by the server.
fn parser(engine_table: &Written, rows: &str) -> Result<String, String> {
    const TIME: &str = "TimeGenerated";
    if !engine_table.columns.iter().any(|name| name == TIME) {
        return Err(format!(
            "`{}` is called, and has no {TIME}",
            engine_table.name
        ));
    }
    Ok(format!(
        "let {} = (starttime: datetime = datetime(null), endtime: datetime = datetime(null)) {{ {rows} \
         | where (isnull(starttime) or {TIME} >= starttime) and (isnull(endtime) or {TIME} <= endtime) }};\n",
        engine_table.name
    ))
}

/// The alias in `_GetWatchlist('alias')`.
fn alias(name: &str) -> Option<&str> {
    let inner = name.strip_prefix("_GetWatchlist('")?.strip_suffix("')")?;
    (!inner.contains(['\'', '\\'])).then_some(inner)
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A name in brackets, so that no keyword is one.
fn quoted_name(name: &str) -> String {
    format!("['{}']", escaped(name, '\''))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text, '"'))
}

fn escaped(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            // Line and paragraph separators end a line in some readers.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// A cell as a literal; `None`: it is not of the type.
fn literal(cell: &Json, ty: &str) -> Option<String> {
    let word = match ty {
        "string" => {
            // Kusto has no null text.
            return match cell {
                Json::Null => Some("\"\"".to_owned()),
                Json::String(text) => Some(quoted(text)),
                _ => None,
            };
        }
        "bool" | "int" | "long" | "real" | "datetime" | "dynamic" | "guid" => ty,
        _ => return None,
    };
    let inner = match (ty, cell) {
        (_, Json::Null) => "null".to_owned(),
        ("bool", Json::Bool(truth)) => truth.to_string(),
        ("int" | "long", Json::Number(number)) => number.as_i64()?.to_string(),
        ("real", Json::Number(number)) => number.as_f64()?.to_string(),
        ("real", Json::String(text)) => match text.as_str() {
            "NaN" => "nan".to_owned(),
            "Infinity" | "inf" => "+inf".to_owned(),
            "-Infinity" | "-inf" => "-inf".to_owned(),
            other => other.parse::<f64>().ok()?.to_string(),
        },
        ("datetime", Json::String(text)) => {
            crate::data::time::instant(text)?;
            text.clone()
        }
        ("guid", Json::String(text))
            if text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') =>
        {
            text.clone()
        }
        ("dynamic", value) => dynamic(value),
        _ => return None,
    };
    Some(format!("{word}({inner})"))
}

/// JSON inside `dynamic(..)`, its texts escaped as every text of a query.
fn dynamic(value: &Json) -> String {
    match value {
        Json::String(text) => quoted(text),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(dynamic).collect();
            format!("[{}]", items.join(","))
        }
        Json::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{}:{}", quoted(name), dynamic(value)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        other => other.to_string(),
    }
}
