//! In: values of samples and of expressions. Out: [`Cell`]: nothing, one value, or several.
//! Guarantee: several means two or more; values of one type have one order, which SORT, MIN, MAX and the MV functions share, and one
//! equality, which groups use. JSON is the form in which cells cross the boundary.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::net::Ipv6Addr;
use std::rc::Rc;

use serde_json::Value as Json;

use super::calendar;
use super::types::Type;

/// One value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// `boolean`
    Boolean(bool),
    /// `integer`, `long`
    Whole(i64),
    /// `unsigned_long`
    Unsigned(u64),
    /// `double`
    Double(f64),
    /// `keyword`, `text`
    Text(Rc<str>),
    /// `ip`, as 16 bytes: an IPv4 address is mapped into IPv6.
    Ip([u8; 16]),
    /// `date`, milliseconds since 1970
    Date(i64),
    /// `version`
    Version(Rc<str>),
    /// `date_period`: months, days
    Period(i64, i64),
    /// `time_duration`: milliseconds
    Duration(i64),
}

/// What a row holds in a column.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Cell {
    /// Nothing.
    #[default]
    Null,
    /// One value.
    One(Value),
    /// Two values or more.
    Many(Rc<[Value]>),
}

impl Cell {
    /// How many bytes it takes, roughly.
    pub(super) fn size(&self) -> usize {
        let texts = self.values().iter().filter_map(Value::str);
        let values = self.values().len().saturating_mul(size_of::<Value>());
        texts
            .map(str::len)
            .fold(values, |all, one| all.saturating_add(one))
    }
}

impl Value {
    /// A text value.
    pub(super) fn text(text: &str) -> Value {
        Value::Text(Rc::from(text))
    }

    /// The number, as a double.
    pub(super) fn double(&self) -> Option<f64> {
        Some(match self {
            Value::Whole(v) => *v as f64,
            Value::Unsigned(v) => *v as f64,
            Value::Double(v) => *v,
            _ => return None,
        })
    }

    /// The whole number or the milliseconds.
    pub(super) fn whole(&self) -> Option<i64> {
        match self {
            Value::Whole(v) | Value::Date(v) | Value::Duration(v) => Some(*v),
            Value::Unsigned(v) => i64::try_from(*v).ok(),
            _ => None,
        }
    }

    /// The text.
    pub(super) fn str(&self) -> Option<&str> {
        match self {
            Value::Text(text) | Value::Version(text) => Some(text),
            _ => None,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Value::Boolean(_) => 0,
            Value::Whole(_) | Value::Unsigned(_) | Value::Double(_) => 1,
            Value::Text(_) => 2,
            Value::Ip(_) => 3,
            Value::Date(_) => 4,
            Value::Version(_) => 5,
            Value::Period(..) => 6,
            Value::Duration(_) => 7,
        }
    }

    /// The order of values of one type; numbers of two types compare as doubles.
    pub(super) fn order(&self, other: &Value) -> Ordering {
        match (self, other) {
            (Value::Boolean(a), Value::Boolean(b)) => a.cmp(b),
            (Value::Whole(a), Value::Whole(b))
            | (Value::Date(a), Value::Date(b))
            | (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
            (Value::Unsigned(a), Value::Unsigned(b)) => a.cmp(b),
            (Value::Text(a), Value::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
            (Value::Ip(a), Value::Ip(b)) => a.cmp(b),
            (Value::Version(a), Value::Version(b)) => super::version::order(a, b),
            (Value::Period(a, b), Value::Period(c, d)) => (a, b).cmp(&(c, d)),
            _ => match (self.double(), other.double()) {
                (Some(a), Some(b)) => {
                    // Zero has one place in the order, whatever its sign.
                    if a == b {
                        Ordering::Equal
                    } else {
                        a.total_cmp(&b)
                    }
                }
                _ => self.rank().cmp(&other.rank()),
            },
        }
    }

    /// The JSON form.
    pub(super) fn json(&self) -> Json {
        match self {
            Value::Boolean(v) => Json::Bool(*v),
            Value::Whole(v) => Json::from(*v),
            Value::Unsigned(v) => Json::from(*v),
            Value::Double(v) => serde_json::Number::from_f64(*v)
                .map_or_else(|| Json::String(show_double(*v)), Json::Number),
            Value::Date(v) => Json::String(calendar::show(*v)),
            other => Json::String(other.show()),
        }
    }

    /// The text that TO_STRING gives.
    pub(super) fn show(&self) -> String {
        match self {
            Value::Boolean(v) => v.to_string(),
            Value::Whole(v) => v.to_string(),
            Value::Unsigned(v) => v.to_string(),
            Value::Double(v) => show_double(*v),
            Value::Text(v) | Value::Version(v) => v.to_string(),
            Value::Ip(v) => show_ip(v),
            Value::Date(v) => calendar::show(*v),
            Value::Period(months, days) => format!("P{months}M{days}D"),
            Value::Duration(ms) => format!("{ms}ms"),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank() && self.order(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
        match self {
            Value::Boolean(v) => v.hash(state),
            Value::Whole(_) | Value::Unsigned(_) | Value::Double(_) => {
                // Equal numbers of two types must meet in one bucket; the sign of zero does not count.
                let double = self.double().unwrap_or_default();
                let double = if double == 0.0 { 0.0 } else { double };
                double.to_bits().hash(state);
            }
            Value::Text(v) => v.hash(state),
            // Two texts may be one version.
            Value::Version(_) => {}
            Value::Ip(v) => v.hash(state),
            Value::Date(v) | Value::Duration(v) => v.hash(state),
            Value::Period(a, b) => (a, b).hash(state),
        }
    }
}

impl Cell {
    /// A cell of as many values as there are.
    pub(super) fn of(mut values: Vec<Value>) -> Cell {
        match values.len() {
            0 => Cell::Null,
            1 => values.pop().map_or(Cell::Null, Cell::One),
            _ => Cell::Many(values.into()),
        }
    }

    /// The values, none to many.
    pub(super) fn values(&self) -> &[Value] {
        match self {
            Cell::Null => &[],
            Cell::One(value) => std::slice::from_ref(value),
            Cell::Many(values) => values,
        }
    }

    /// Whether there is nothing.
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Cell::Null)
    }

    /// The JSON form of a cell of a type.
    pub(super) fn shown(&self, ty: Type) -> Json {
        match self {
            Cell::One(Value::Text(text)) if ty == Type::Source => {
                serde_json::from_str(text).unwrap_or_default()
            }
            cell => cell.json(),
        }
    }

    /// The JSON form.
    pub(super) fn json(&self) -> Json {
        match self {
            Cell::Null => Json::Null,
            Cell::One(value) => value.json(),
            Cell::Many(values) => Json::Array(values.iter().map(Value::json).collect()),
        }
    }

    /// The cell that a sample's JSON is, in the form in which a field of this type is held: values of an array are in order, and
    /// those of keyword, ip and version fields are held once (Elastic docs, "ES|QL multivalued fields").
    pub(super) fn from_json(json: &Json, ty: Type) -> Result<Cell, String> {
        let mut values = Vec::new();
        collect(json, ty, &mut values)?;
        if values.len() > 1 && ty != Type::Text {
            values.sort_by(Value::order);
            if matches!(ty, Type::Keyword | Type::Ip | Type::Version) {
                values.dedup();
            }
        }
        Ok(Cell::of(values))
    }
}

fn collect(json: &Json, ty: Type, into: &mut Vec<Value>) -> Result<(), String> {
    match json {
        Json::Null => {}
        Json::Array(items) => {
            for item in items {
                if item.is_array() {
                    return Err("an array in an array".to_owned());
                }
                collect(item, ty, into)?;
            }
        }
        other => into.push(read(other, ty).ok_or_else(|| format!("{other} is no {}", ty.name()))?),
    }
    Ok(())
}

fn read(json: &Json, ty: Type) -> Option<Value> {
    Some(match ty {
        Type::Boolean => Value::Boolean(match json {
            Json::String(text) => text.parse().ok()?,
            other => other.as_bool()?,
        }),
        Type::Integer => Value::Whole(i64::from(i32::try_from(whole(json)?).ok()?)),
        Type::Long => Value::Whole(whole(json)?),
        Type::UnsignedLong => Value::Unsigned(match json {
            Json::String(text) => text.parse().ok()?,
            other => other.as_u64()?,
        }),
        Type::Double => Value::Double(match json {
            Json::String(text) => text.parse().ok()?,
            other => other.as_f64()?,
        }),
        Type::Keyword | Type::Text => match json {
            Json::String(text) => Value::text(text),
            Json::Number(number) => Value::text(&number.to_string()),
            Json::Bool(value) => Value::text(&value.to_string()),
            _ => return None,
        },
        Type::Version => Value::Version(Rc::from(json.as_str()?)),
        Type::Ip => Value::Ip(read_ip(json.as_str()?)?),
        Type::Date => Value::Date(match json {
            Json::String(text) => calendar::parse(text)?,
            other => other.as_i64()?,
        }),
        Type::Null | Type::Period | Type::Duration | Type::Source => return None,
    })
}

fn whole(json: &Json) -> Option<i64> {
    match json {
        Json::String(text) => text.parse().ok(),
        Json::Number(number) => number.as_i64().or_else(|| {
            let double = number.as_f64()?;
            (double.fract() == 0.0 && double.abs() < 9e15).then_some(double as i64)
        }),
        _ => None,
    }
}

/// The 16 bytes of an address.
pub(super) fn read_ip(text: &str) -> Option<[u8; 16]> {
    match text.parse::<std::net::IpAddr>().ok()? {
        std::net::IpAddr::V4(v4) => Some(v4.to_ipv6_mapped().octets()),
        std::net::IpAddr::V6(v6) => Some(v6.octets()),
    }
}

/// The text of an address: IPv4 where it is one, IPv6 in its shortest form otherwise.
pub(super) fn show_ip(bytes: &[u8; 16]) -> String {
    let v6 = Ipv6Addr::from(*bytes);
    match v6.to_ipv4_mapped() {
        Some(v4) => v4.to_string(),
        None => {
            // Rust prints the IPv4-compatible range with dots; the platform does not.
            let [a, b, c, d, e, f, g, h] = v6.segments();
            if [a, b, c, d, e, f] == [0; 6] && g != 0 {
                format!("::{g:x}:{h:x}")
            } else {
                v6.to_string()
            }
        }
    }
}

/// A double as Java prints it: plain between 0.001 and 10 million, otherwise with an exponent.
pub(super) fn show_double(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let size = value.abs();
    if value == 0.0 || (1e-3..1e7).contains(&size) {
        let text = format!("{value}");
        return if text.contains('.') {
            text
        } else {
            format!("{text}.0")
        };
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}
