//! Native rows as a table of an engine: what the program does it with, in the words of the tests.

use super::{Kind, Worker};
use huntc::internals::plan::{Expr, Plan};
use huntc::internals::schema::ColumnInfo;
use huntc::internals::verify::rows::{self, EngineColumn, EngineTable};
pub use huntc::internals::verify::rows::{
    Missing, NativeRow, columns_read, folded, ndjson, read_result,
};
use huntc::internals::verify::sql;

/// Every expression of a plan.
pub fn expressions(plan: &Plan) -> Vec<&Expr> {
    plan.steps
        .iter()
        .flat_map(|step| step.kind.expressions())
        .collect()
}

/// Native rows as a table.
pub fn engine_table(
    table: &str,
    columns: &[&ColumnInfo],
    product: &str,
    rows: &[NativeRow],
) -> EngineTable {
    EngineTable {
        name: table.to_owned(),
        columns: columns
            .iter()
            .map(|column| EngineColumn::of(column, product))
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
    let engine_table = engine_table(table, columns, "", rows);
    sql::load(worker, kind.profile(), &[engine_table], missing)
}

/// Rows as a file has them.
pub fn native_rows(text: &str, columns: &[&ColumnInfo]) -> Vec<NativeRow> {
    rows::native_rows(text, columns).expect("a file of rows")
}
