//! placeholder
use super::ItemType;
use crate::source::{Span, Spanned};
use crate::value::Value;
use std::collections::BTreeMap;

/// A declared table: rows that a hunt joins with.
#[derive(Clone, Debug)]
pub struct WatchTable {
    /// columns
    pub columns: Vec<TableColumn>,
    /// rows
    pub rows: Vec<TableRow>,
    /// platform
    pub platform: BTreeMap<String, Spanned<String>>,
    /// name
    pub name_span: Span,
}
/// column
#[derive(Clone, Debug)]
pub struct TableColumn {
    /// name
    pub name: String,
    /// source
    pub source: String,
    /// ty
    pub ty: CellType,
    /// span
    pub name_span: Span,
}
/// type
#[derive(Clone, Debug)]
pub struct CellType {
    /// item
    pub item: ItemType,
    /// list
    pub list: bool,
    /// wildcard
    pub wildcard: bool,
    /// separator
    pub separator: String,
}
/// row
#[derive(Clone, Debug)]
pub struct TableRow {
    /// cells
    pub cells: Vec<Cell>,
    /// span
    pub span: Span,
}
/// cell
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// missing
    Missing,
    /// one
    One(Value),
    /// several
    Several(Vec<Value>),
    /// anything
    Anything,
}
