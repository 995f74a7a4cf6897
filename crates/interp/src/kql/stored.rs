//! Tables and functions that are kept in the workspace: samples.
//!
//! In: a name, or a call with its arguments. Out: the table of a sample. Guarantee: a sample whose name is a whole call (`_GetWatchlist('Name')`) answers
//! that call; a sample that is called with the parameters of ASIM's filtering parsers is filtered by them, another argument is refused
//! (<https://learn.microsoft.com/en-us/azure/sentinel/normalization-schema-network#filtering-parser-parameters>).

use super::ast::{Argument, Expr, Kind};
use super::bind::{self, bind};
use super::cell::{Cell, Type};
use super::fault::{self, Fault};
use super::functions;
use super::json;
use super::matching;
use super::scope::{Column, Scope, Session, Table};
use super::typed::Row;
use crate::Sample;
use std::cmp::Ordering;
use std::rc::Rc;

/// Whether there is a sample of this name.
pub(super) fn is_there(name: &str, session: &Session<'_>) -> bool {
    session.samples.iter().any(|sample| sample.name == name)
}

/// Whether there is a sample that answers this call.
pub(super) fn answers(name: &str, arguments: &[Argument], session: &Session<'_>) -> bool {
    is_there(name, session) || whole(name, arguments, session).is_some() || name == "_GetWatchlist"
}

/// The table of a sample.
pub(super) fn table(
    name: &str,
    session: &Session<'_>,
    expr: &Expr,
) -> Result<Option<Rc<Table>>, Fault> {
    match session
        .samples
        .iter()
        .position(|sample| sample.name == name)
    {
        Some(at) => load(at, session, expr).map(Some),
        None => Ok(None),
    }
}

fn load(at: usize, session: &Session<'_>, expr: &Expr) -> Result<Rc<Table>, Fault> {
    if let Some(found) = session.loaded.borrow().get(&at) {
        return Ok(found.clone());
    }
    let failed = |message: String| fault::failed(expr.span.clone(), "sample", message);
    let Some(sample) = session.samples.get(at) else {
        return Err(failed("there is no such sample".to_owned()));
    };
    let mut columns = Vec::new();
    for (name, ty) in &sample.columns {
        let ty = Type::named(ty)
            .ok_or_else(|| failed(format!("{}.{name}: `{ty}` is no type", sample.name)))?;
        columns.push(Column::new(name, ty));
    }
    session.new_rows(&expr.span, sample.rows.len(), columns.len())?;
    let mut rows = Vec::with_capacity(sample.rows.len());
    for (number, row) in sample.rows.iter().enumerate() {
        if row.len() != columns.len() {
            let message = format!("{}, row {number}: it has {} cells", sample.name, row.len());
            return Err(failed(message));
        }
        let cells: Option<Row> = row
            .iter()
            .zip(&columns)
            .map(|(json, column)| json::sample(json, column.ty))
            .collect();
        rows.push(cells.ok_or_else(|| failed(misfit(sample, number, row, &columns)))?);
    }
    let mut table = Table::new(columns, rows);
    table.origin = Some(sample.name.clone());
    let table = Rc::new(table);
    session.loaded.borrow_mut().insert(at, table.clone());
    Ok(table)
}

fn misfit(sample: &Sample, number: usize, row: &[serde_json::Value], columns: &[Column]) -> String {
    let pairs = row.iter().zip(columns);
    let mut misfits = pairs.filter(|(json, column)| json::sample(json, column.ty).is_none());
    match misfits.next() {
        Some((json, column)) => format!(
            "{}.{}, row {number}: {json} is no {}",
            sample.name, column.name, column.ty
        ),
        None => format!("{}, row {number}", sample.name),
    }
}

/// The sample whose name is this whole call.
fn whole(name: &str, arguments: &[Argument], session: &Session<'_>) -> Option<usize> {
    let mut texts = Vec::new();
    for argument in arguments {
        match &argument.value.kind {
            Kind::Literal(Cell::Text(text), _) => texts.push(text.to_string()),
            _ => return None,
        }
    }
    let said = |quote: char| {
        let inner: Vec<String> = texts
            .iter()
            .map(|text| format!("{quote}{text}{quote}"))
            .collect();
        format!("{name}({})", inner.join(","))
    };
    let (single, double) = (said('\''), said('"'));
    session.samples.iter().position(|sample| {
        let plain: String = sample.name.split_whitespace().collect();
        plain == single.split_whitespace().collect::<String>()
            || plain == double.split_whitespace().collect::<String>()
    })
}

/// The table that answers a call; `None`: no sample does.
pub(super) fn call(
    expr: &Expr,
    name: &str,
    arguments: &[Argument],
    scope: &Scope<'_, '_>,
) -> Result<Option<Rc<Table>>, Fault> {
    if let Some(at) = whole(name, arguments, scope.session) {
        return load(at, scope.session, expr).map(Some);
    }
    let Some(found) = table(name, scope.session, expr)? else {
        return Ok(None);
    };
    if arguments.is_empty() {
        return Ok(Some(found));
    }
    let mut filters = Vec::new();
    for argument in arguments {
        let Some(parameter) = &argument.name else {
            return Err(fault::unknown(
                argument.value.span.clone(),
                name,
                format!("arguments of `{name}` are known by name only"),
            ));
        };
        let typed = bind(&argument.value, scope)?;
        let Some(value) = typed.value else {
            return Err(fault::invalid(
                argument.value.span.clone(),
                name,
                "the argument depends on a row",
            ));
        };
        filters.push(filter(parameter, value, &found, argument, name)?);
    }
    let mut kept = Table::new(found.columns.clone(), Vec::new());
    kept.rows = found
        .rows
        .iter()
        .filter(|row| filters.iter().all(|filter| filter(row)))
        .cloned()
        .collect();
    Ok(Some(Rc::new(kept)))
}

type Filter = Box<dyn Fn(&Row) -> bool>;

/// What a parameter of a filtering parser keeps.
fn filter(
    parameter: &str,
    value: Cell,
    table: &Table,
    argument: &Argument,
    function: &str,
) -> Result<Filter, Fault> {
    let place = |name: &str| {
        table.place(name).ok_or_else(|| {
            fault::invalid(
                argument.value.span.clone(),
                function,
                format!("`{function}` has no column `{name}`"),
            )
        })
    };
    let list: Vec<String> = match &value {
        Cell::Array(items) => items
            .iter()
            .map(|item| bind::text_of(item, Type::Dynamic).to_string())
            .collect(),
        Cell::Text(text) => vec![text.to_string()],
        _ => Vec::new(),
    };
    let everything: Filter = Box::new(|_| true);
    let texts = |row: &Row, places: &[usize], test: &dyn Fn(&str) -> bool| {
        let mut cells = places.iter().filter_map(|at| row.get(*at)?.as_text());
        cells.any(test)
    };
    Ok(match parameter {
        "starttime" | "endtime" => {
            let at = place("TimeGenerated")?;
            let out = if parameter == "starttime" {
                Ordering::Less
            } else {
                Ordering::Greater
            };
            if value.is_null() {
                return Ok(everything);
            }
            Box::new(move |row| {
                let time = row.get(at).unwrap_or(&Cell::Null);
                super::cell::compare(time, &value).is_some_and(|order| order != out)
            })
        }
        "srcipaddr_has_any_prefix" | "dstipaddr_has_any_prefix" | "ipaddr_has_any_prefix" => {
            let names: &[&str] = match parameter {
                "srcipaddr_has_any_prefix" => &["SrcIpAddr"],
                "dstipaddr_has_any_prefix" => &["DstIpAddr"],
                _ => &["SrcIpAddr", "DstIpAddr"],
            };
            let places: Result<Vec<usize>, Fault> = names.iter().map(|name| place(name)).collect();
            let places = places?;
            if list.is_empty() {
                return Ok(everything);
            }
            Box::new(move |row| {
                texts(row, &places, &|text| {
                    let mut found = functions::addresses(text);
                    found.any(|address| {
                        list.iter().any(|wanted| {
                            address == wanted
                                || (functions::is_prefix(wanted) && address.starts_with(wanted))
                        })
                    })
                })
            })
        }
        "dstportnumber" => {
            let at = place("DstPortNumber")?;
            let Cell::Long(port) = value else {
                return Ok(everything);
            };
            Box::new(move |row| row.get(at).and_then(Cell::as_long) == Some(port))
        }
        "hostname_has_any" => {
            let places = vec![place("SrcHostname")?, place("DstHostname")?];
            if list.is_empty() {
                return Ok(everything);
            }
            Box::new(move |row| {
                texts(row, &places, &|text| {
                    list.iter().any(|name| matching::has(text, name, false))
                })
            })
        }
        "dvcaction" => {
            let places = vec![place("DvcAction")?];
            if list.is_empty() {
                return Ok(everything);
            }
            let list: Vec<String> = list.iter().map(|text| matching::fold(text)).collect();
            Box::new(move |row| texts(row, &places, &|text| list.contains(&matching::fold(text))))
        }
        "eventresult" => {
            let places = vec![place("EventResult")?];
            match list.first() {
                Some(wanted) if wanted != "*" => {
                    let wanted = matching::fold(wanted);
                    Box::new(move |row| texts(row, &places, &|text| matching::fold(text) == wanted))
                }
                _ => everything,
            }
        }
        "pack" | "disabled" if matches!(value, Cell::Bool(false)) => everything,
        _ => {
            return Err(fault::unknown(
                argument.value.span.clone(),
                function,
                format!("the parameter `{parameter}` of `{function}` is not known here"),
            ));
        }
    })
}
