//! Native rows as a table of an engine: what the program does it with, in the words of the tests.

use super::{Kind, Worker};
use huntc::plan::{Expr, Plan};
use huntc::schema::ColumnInfo;
use huntc::verify::rows::{self, Sheet, SheetColumn};
pub use huntc::verify::rows::{Missing, NativeRow, columns_read, folded, ndjson, read_result};

/// Every expression of a plan.
pub fn expressions(plan: &Plan) -> Vec<&Expr> {
    plan.steps
        .iter()
        .flat_map(|step| huntc::plan::expressions(&step.kind))
        .collect()
}

/// The engine's type for a native column.
pub fn engine_type(kind: Kind, column: &ColumnInfo) -> String {
    rows::database_type(kind.name(), &SheetColumn::of(column, ""))
}

/// Native rows as a sheet.
pub fn sheet(table: &str, columns: &[&ColumnInfo], product: &str, rows: &[NativeRow]) -> Sheet {
    Sheet {
        name: table.to_owned(),
        columns: columns
            .iter()
            .map(|column| SheetColumn::of(column, product))
            .collect(),
        rows: rows.to_vec(),
    }
}

/// Makes a table of the rows.
pub fn load(
    worker: &Worker,
    kind: Kind,
    table: &str,
    columns: &[&ColumnInfo],
    rows: &[NativeRow],
    missing: Missing,
) -> Result<(), String> {
    let request = rows::load_request(kind.name(), &sheet(table, columns, "", rows), missing);
    worker.ask(&request).map(|_| ())
}

/// Rows as a file has them.
pub fn native_rows(text: &str, columns: &[&ColumnInfo]) -> Vec<NativeRow> {
    rows::native_rows(text, columns).expect("a file of rows")
}
