//! Tables that are loaded beside the events.
//!
//! In: events in native columns, a declared table. Out: the rolled-up table that a platform keeps of the events, the table as the platform's object holds it.
//! Guarantee: the counts of a rolled-up table add up to the events before its end.

use super::rows::{EngineColumn, EngineTable, NativeRow};
use crate::backend::Rollup;
use crate::hunt::{Cell, DeclaredTable};
use crate::plan::Type;
use crate::value::Value;
use crate::value::order::Key;
use std::collections::BTreeMap;

/// The counts of the events before an instant, as a rolled-up table holds them.
#[must_use]
pub fn rolled_up(events: &EngineTable, time: &str, rollup: &Rollup, until: i64) -> EngineTable {
    let kept: Vec<&EngineColumn> = events
        .columns
        .iter()
        .filter(|column| rollup.columns.contains_key(&column.name))
        .collect();
    let mut counts: BTreeMap<Key, i64> = BTreeMap::new();
    for row in &events.rows {
        if let Some(Value::Time(at)) = row.get(time)
            && *at < until
        {
            let start = Value::Time(at - at.rem_euclid(rollup.grain));
            let cells = kept
                .iter()
                .map(|column| row.get(&column.name).cloned().unwrap_or(Value::Missing));
            let key = Key(std::iter::once(start).chain(cells).collect());
            *counts.entry(key).or_default() += 1;
        }
    }
    let instants = events.columns.iter().find(|column| column.name == time);
    let mut columns: Vec<EngineColumn> = Vec::new();
    columns.extend(instants.map(|column| EngineColumn {
        name: rollup.time.clone(),
        ..column.clone()
    }));
    columns.extend(kept.iter().map(|column| {
        EngineColumn {
            name: rollup
                .columns
                .get(&column.name)
                .unwrap_or(&column.name)
                .clone(),
            ..(*column).clone()
        }
    }));
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    columns.push(EngineColumn {
        name: rollup.count.clone(),
        native_type: "long".to_owned(),
        ty: Type::Int,
        multi: false,
    });
    // What was counted in two goes has two rows.
    let rows = counts.into_iter().flat_map(|(Key(cells), count)| {
        let row: NativeRow = names.iter().cloned().zip(cells).collect();
        let goes = if count % 3 == 2 {
            vec![1, count - 1]
        } else {
            vec![count]
        };
        goes.into_iter().map(move |count| {
            let mut row = row.clone();
            row.insert(rollup.count.clone(), Value::Int(count));
            row
        })
    });
    EngineTable {
        name: rollup.table.clone(),
        rows: rows.collect(),
        columns,
    }
}

/// A declared table as the platform's object holds it: every cell is text.
#[must_use]
pub fn watchlist(table: &DeclaredTable, kind: &str) -> Option<EngineTable> {
    let object = table.platform.get(kind)?;
    let text = |cell: &Cell, separator: &str| match cell {
        Cell::Missing => Value::Missing,
        Cell::One(value) => Value::text(&value.to_string()),
        Cell::Several(values) => {
            let values: Vec<String> = values.iter().map(Value::to_string).collect();
            Value::text(&values.join(separator))
        }
        Cell::Anything => Value::text("*"),
    };
    let row = |cells: &[Cell]| -> NativeRow {
        let cells = cells.iter().zip(&table.columns);
        cells
            .map(|(cell, column)| (column.source.clone(), text(cell, &column.ty.separator)))
            .collect()
    };
    Some(EngineTable {
        name: object.value.clone(),
        columns: table
            .columns
            .iter()
            .map(|column| EngineColumn::text(&column.source))
            .collect(),
        rows: table.rows.iter().map(|one| row(&one.cells)).collect(),
    })
}
