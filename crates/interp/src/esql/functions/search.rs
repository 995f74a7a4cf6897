//! In: a field and what is looked for. Out: a condition that is never null.
//! Guarantee: on fields that are not analysed, any value that equals what is looked for is a match (Elastic docs, "MATCH"); analysed
//! text is not searched here.

use super::super::arguments::Site;
use super::super::calendar;
use super::super::cell::{Cell, Value, read_ip};
use super::super::node::Node;
use super::super::types::Type;
use super::network::Network;
use crate::Refusal;

/// `field : query`
pub(crate) fn matches(field: Node, query: Node, site: &Site) -> Result<Node, Refusal> {
    let Some(Cell::One(query)) = query.fold() else {
        return Err(site.invalid("what is looked for is one constant"));
    };
    let text = query.show();
    let span = site.span.clone();
    let is = |node: Node, wanted: Value| {
        Node::cells(vec![node], Type::Boolean, span.clone(), move |cells| {
            let found = cells
                .iter()
                .flat_map(Cell::values)
                .any(|v| v.order(&wanted).is_eq());
            Ok(Cell::One(Value::Boolean(found)))
        })
    };
    let wanted = match field.ty {
        Type::Null => return Ok(is(field, query)),
        Type::Text => return Err(site.unknown("analysed text is not searched here")),
        Type::Keyword => Some(Value::text(&text)),
        Type::Boolean => match text.as_str() {
            "true" => Some(Value::Boolean(true)),
            "false" => Some(Value::Boolean(false)),
            _ => None,
        },
        Type::Integer | Type::Long => text
            .parse::<i64>()
            .ok()
            .map(Value::Whole)
            .or_else(|| text.parse::<f64>().ok().map(Value::Double)),
        Type::UnsignedLong => text.parse::<u64>().ok().map(Value::Unsigned),
        Type::Double => text.parse::<f64>().ok().map(Value::Double),
        Type::Version => Some(Value::Version(text.as_str().into())),
        // Less than a full instant would be a range.
        Type::Date if text.len() >= 24 => calendar::parse(&text).map(Value::Date),
        Type::Ip if text.contains('/') => {
            let network = Network::read(&text)
                .ok_or_else(|| site.invalid(format!("\"{text}\" is no network")))?;
            return Ok(Node::cells(
                vec![field],
                Type::Boolean,
                span.clone(),
                move |cells| {
                    let found = cells
                        .iter()
                        .flat_map(Cell::values)
                        .any(|v| matches!(v, Value::Ip(ip) if network.contains(ip)));
                    Ok(Cell::One(Value::Boolean(found)))
                },
            ));
        }
        Type::Ip => read_ip(&text).map(Value::Ip),
        _ => None,
    };
    match wanted {
        Some(wanted) => Ok(is(field, wanted)),
        None if field.ty == Type::Date => Err(site.unknown(format!(
            "looking for the date \"{text}\" is not known here: a full instant is"
        ))),
        // What cannot be a value of the field is found nowhere.
        None => Ok(Node::cells(vec![field], Type::Boolean, span, |_| {
            Ok(Cell::One(Value::Boolean(false)))
        })),
    }
}
