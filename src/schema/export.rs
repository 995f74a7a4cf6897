//! A schema in the forms that checkers of other languages read.
//!
//! In: a schema and a product form. Out: JSON. Guarantee: every column of the product is there with the platform's type, so that what the checker then
//! does not know does not exist.

use super::{ColumnInfo, Schema, Standing, TableFunction};
use crate::model::Type;
use serde_json::{Map, Value, json};

/// The forms of [`export`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For a KQL binder: `{"tables": {name: {column: type}}, "functions": {name: {"params": …, "columns": …}}}`.
    KqlCheck,
    /// For an ES|QL validator: `{"fields": {name: type}}`.
    EsqlCheck,
    /// For making tables: `{"table": name, "columns": [{"name", "type", "native_type", "nullable", "multi"}]}`, with types of the language, which each
    /// SQL dialect spells for itself.
    SqlDdl,
}

impl Form {
    /// Each form and its name.
    pub const ALL: &'static [(&'static str, Form)] = &[
        ("kql-check", Form::KqlCheck),
        ("esql-check", Form::EsqlCheck),
        ("sql-ddl", Form::SqlDdl),
    ];
}

/// A schema in one of the forms; `None` when the schema has no table for the form's language.
#[must_use]
pub fn export(schema: &Schema, product: &str, form: Form) -> Option<Value> {
    let columns: Vec<&ColumnInfo> = schema.columns_of(product).collect();
    match form {
        Form::KqlCheck => kql(schema, product, &columns),
        Form::EsqlCheck => Some(esql(product, &columns)),
        Form::SqlDdl => Some(sql(schema, product, &columns)),
    }
}

fn kql(schema: &Schema, product: &str, columns: &[&ColumnInfo]) -> Option<Value> {
    let table = schema.tables.get("kql")?;
    let typed = |columns: &mut dyn Iterator<Item = &&ColumnInfo>| -> Map<String, Value> {
        columns
            .map(|column| {
                (
                    column.native.name.clone(),
                    json!(column.native_type(product)),
                )
            })
            .collect()
    };
    if schema.functions.is_empty() {
        return Some(json!({ "tables": { table: typed(&mut columns.iter()) } }));
    }
    let given = typed(
        &mut columns
            .iter()
            .filter(|column| column.standing != Standing::TableOnly),
    );
    let functions: Map<String, Value> = schema
        .functions
        .iter()
        .map(|function| {
            (
                function.name.clone(),
                json!({ "params": parameters(function), "columns": given }),
            )
        })
        .collect();
    Some(json!({ "functions": functions }))
}

fn parameters(function: &TableFunction) -> String {
    let each: Vec<String> = function
        .parameters
        .iter()
        .map(|parameter| {
            format!(
                "{}: {} = {}",
                parameter.name, parameter.native_type, parameter.default
            )
        })
        .collect();
    format!("({})", each.join(", "))
}

fn esql(product: &str, columns: &[&ColumnInfo]) -> Value {
    let fields: Map<String, Value> = columns
        .iter()
        .filter_map(|column| {
            esql_type(column.native_type(product)).map(|ty| (column.native.name.clone(), json!(ty)))
        })
        .collect();
    json!({ "fields": fields })
}

/// The type that ES|QL reports for a mapping's type (ES|QL reference, "Field types"); `None` for what it cannot read.
fn esql_type(native: &str) -> Option<&'static str> {
    Some(match native {
        "keyword" | "constant_keyword" | "wildcard" | "string" | "varchar" => "keyword",
        "text" | "match_only_text" => "text",
        "long" | "bigint" => "long",
        "integer" | "short" | "byte" | "int" | "smallint" => "integer",
        "double" | "float" | "half_float" | "scaled_float" | "real" => "double",
        "boolean" | "bool" => "boolean",
        "date" | "datetime" | "timestamp" | "timestamptz" | "timestamp_ns" => "date",
        "date_nanos" => "date_nanos",
        "ip" => "ip",
        "geo_point" => "geo_point",
        _ => return None,
    })
}

fn sql(schema: &Schema, product: &str, columns: &[&ColumnInfo]) -> Value {
    let columns: Vec<Value> = columns
        .iter()
        .map(|column| {
            let ty = if column.structured || column.ty == Type::Json {
                "structured".to_owned()
            } else {
                column.ty.to_string()
            };
            json!({
                "name": column.native.name,
                "type": ty,
                "native_type": column.native_type(product),
                "nullable": column.native.nullable,
                "multi": column.native.multi,
            })
        })
        .collect();
    json!({ "table": schema.tables.get("sql"), "columns": columns })
}
