//! What a platform holds beside the rows of events.
//!
//! In: native rows. Out: a table of their sums, where addresses lie, empty texts. Promise: nothing of an event is lost or added.

use super::table::Summary;
use huntc::internals::plan::Type;
use huntc::internals::schema::ColumnInfo;
use huntc::internals::value::Value;
use huntc::internals::verify::rows::{EngineColumn, EngineTable, NativeRow};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// An empty text in a file is no value of the language, but a platform may keep it apart from an absent one.
pub fn keep_empty(text: &str, columns: &[&ColumnInfo], rows: &mut [NativeRow]) {
    for (line, row) in text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .zip(rows)
    {
        let object: Json = serde_json::from_str(line).expect("a row");
        for column in columns {
            let name = &column.native.name;
            let nested = object.pointer(&format!("/{}", name.replace('.', "/")));
            if nested.or_else(|| object.get(name)) == Some(&json!("")) {
                row.insert(name.clone(), Value::Text("".into()));
            }
        }
    }
}

/// Every third connection of Defender is reported by an aggregated report, where there is one for its outcome.
pub fn aggregated(rows: &mut [NativeRow]) {
    for row in rows.iter_mut().step_by(3) {
        let report = match row.get("ActionType") {
            Some(Value::Text(word))
                if ["ConnectionSuccess", "ConnectionFailed"].contains(&&**word) =>
            {
                Value::text(&format!("{word}AggregatedReport"))
            }
            _ => continue,
        };
        row.insert("ActionType".to_owned(), report);
    }
}

/// Where the platform says that addresses lie: nothing is compared with it, but a text that asks is answered.
pub fn somewhere(rows: &[NativeRow]) -> BTreeMap<String, Json> {
    let texts = rows
        .iter()
        .flat_map(NativeRow::values)
        .filter_map(|value| match value {
            Value::Text(text) => Some(text.to_string()),
            _ => None,
        });
    let addresses = texts.filter(|text| text.parse::<std::net::IpAddr>().is_ok());
    addresses
        .map(|address| (address, json!({"country": "Nowhere"})))
        .collect()
}

/// The counts of the events before an instant, as a platform keeps them; what it keeps is no event any more.
pub fn summed(events: &mut EngineTable, summary: &Summary, ends: i64) -> EngineTable {
    let grain = summary.grain_minutes * 60_000;
    let mut counts: BTreeMap<Vec<String>, (NativeRow, i64)> = BTreeMap::new();
    events.rows.retain(|row| {
        let Some(Value::Time(at)) = row.get("TimeGenerated") else {
            return true;
        };
        let start = at - at.rem_euclid(grain);
        if start + grain > ends {
            return true;
        }
        let mut sums = NativeRow::from([(summary.time.clone(), Value::Time(start))]);
        for column in &summary.columns {
            if let Some(value) = row.get(&column.event) {
                let value = match (value, column.native_type.as_deref()) {
                    (Value::Int(number), Some("real")) => Value::float(*number as f64),
                    (other, _) => other.clone(),
                };
                sums.insert(column.summary.clone(), value);
            }
        }
        let key = sums
            .iter()
            .map(|(name, value)| format!("{name}={value:?}"))
            .collect();
        counts.entry(key).or_insert((sums, 0)).1 += 1;
        ends == i64::MAX
    });
    let column = |name: &str, native_type: &str, ty: Type| EngineColumn {
        name: name.to_owned(),
        native_type: native_type.to_owned(),
        ty,
        multi: false,
    };
    let mut columns = vec![column(&summary.time, "datetime", Type::Time)];
    columns.extend(
        summary
            .columns
            .iter()
            .map(|one| match one.native_type.as_deref() {
                Some(native) => column(&one.summary, native, Type::Float),
                None => EngineColumn::text(&one.summary),
            }),
    );
    columns.push(column(&summary.count, "real", Type::Float));
    let rows = counts.into_values().map(|(mut row, count)| {
        row.insert(summary.count.clone(), Value::float(count as f64));
        row
    });
    EngineTable {
        name: summary.table.clone(),
        rows: rows.collect(),
        columns,
    }
}
