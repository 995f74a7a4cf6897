//! Membership: `in`, `not in`, `in_cidr`.

use super::super::{Expr, ExprKind, Type};
use super::literals::{coercible, is_literal, key};
use super::value::Items;
use super::{Lowering, a, literal};
use crate::diag::{Code, Diagnostic};
use crate::hunt::ItemType;
use crate::net::{Network, NetworkError};
use crate::source::Span;
use crate::syntax::ast;
use crate::value::Value;
use std::collections::HashSet;

impl Lowering<'_> {
    pub(super) fn member(
        &mut self,
        value: &ast::Expr,
        list: &ast::Expr,
        fold: bool,
        op_span: Span,
        span: Span,
    ) -> Option<Expr> {
        let value = self.operand(value);
        let items = self.items(list, "in", value.as_ref().map(|value| &value.ty));
        let (value, items) = (value?, items?);
        if matches!(value.ty, Type::Set(_) | Type::Duration) {
            return self.fail(
                Diagnostic::at(Code::E0403, value.span, format!("there is no `in` for {}", a(&value.ty)))
                    .help("the elements of a set are not tested; test the column in a `where` before the group"),
            );
        }
        if items.declared == Some(ItemType::Network)
            || (value.ty == Type::Ip && holds_networks(&items))
        {
            return self.fail(
                Diagnostic::at(
                    Code::E0409,
                    list.span,
                    "these are networks, and `in` compares whole addresses",
                )
                .label("networks")
                .fix(op_span_of_in(op_span), "in_cidr", "membership in a network"),
            );
        }
        if fold && value.ty != Type::Text {
            return self.fail(
                Diagnostic::at(
                    Code::E0403,
                    op_span,
                    format!("`in~` ignores case, and {} has none", a(&value.ty)),
                )
                .also(value.span, format!("this is {}", a(&value.ty)))
                .help("leave out the `~`"),
            );
        }
        let checked = self.same_items(items, &value.ty, list.span)?;
        let mut seen = HashSet::new();
        let mut kept = Vec::new();
        for item in checked.items {
            if let ExprKind::Literal { value, .. } = item.kind
                && seen.insert(key(&value, fold))
            {
                kept.push(value);
            }
        }
        let kind = ExprKind::In {
            value: Box::new(value),
            items: kept,
            fold,
            list: checked.list,
        };
        self.predicate(kind, span)
    }

    /// Items as the type of what they are compared with.
    pub(super) fn same_items(&mut self, items: Items, ty: &Type, place: Span) -> Option<Items> {
        if let (Some(list), Some(first)) = (&items.list, items.items.first())
            && first.ty != *ty
            && !coercible(&first.ty, ty)
        {
            let declared = self
                .hunt
                .and_then(|hunt| hunt.lists.get(list))
                .map_or(place, |list| list.name_span);
            return self.fail(
                Diagnostic::at(
                    Code::E0401,
                    place,
                    format!(
                        "the list `${list}` holds values of type {}, and {} is compared with it",
                        first.ty,
                        a(ty)
                    ),
                )
                .label(format!("a list of {}", first.ty))
                .also(declared, "declared here"),
            );
        }
        let mut checked = Vec::new();
        let mut wrong = false;
        for item in items.items {
            match self.coerce(item, ty) {
                Some(item) => checked.push(item),
                None => wrong = true,
            }
        }
        (!wrong).then_some(Items {
            items: checked,
            ..items
        })
    }

    pub(super) fn in_network(
        &mut self,
        value: &ast::Expr,
        networks: &ast::Expr,
        span: Span,
    ) -> Option<Expr> {
        let value = self.expr(value);
        let items = match &networks.kind {
            ast::ExprKind::Text(_) => self.expr(networks).map(|item| Items {
                items: vec![item],
                list: None,
                declared: None,
            }),
            ast::ExprKind::Reference(name)
                if self.hunt.is_some_and(|hunt| hunt.params.contains_key(name)) =>
            {
                self.expr(networks).map(|item| Items {
                    items: vec![item],
                    list: None,
                    declared: None,
                })
            }
            _ => self.items(networks, "in_cidr", None),
        };
        let (value, items) = (value?, items?);
        if value.ty != Type::Ip {
            let error = Diagnostic::at(
                Code::E0403,
                value.span,
                format!("`in_cidr` tests addresses, and this is {}", a(&value.ty)),
            )
            .label(format!("{}, not an ip", value.ty));
            return self.fail(if value.ty == Type::Text {
                error.help("`ip(x)` reads an address from a text")
            } else {
                error
            });
        }
        if let Some(list) = &items.list
            && !matches!(items.declared, Some(ItemType::Network | ItemType::Ip))
        {
            let declared = self
                .hunt
                .and_then(|hunt| hunt.lists.get(list))
                .map_or(span, |list| list.name_span);
            return self.fail(
                Diagnostic::at(
                    Code::E0409,
                    networks.span,
                    format!("the list `${list}` does not hold networks"),
                )
                .also(declared, "declared here")
                .help("declare it with `type: cidr`"),
            );
        }
        let mut parsed = Vec::new();
        let mut wrong = false;
        for item in &items.items {
            match self.network(item) {
                Some(network) if parsed.contains(&network) => {}
                Some(network) => parsed.push(network),
                None => wrong = true,
            }
        }
        if wrong {
            return None;
        }
        let kind = ExprKind::InNetwork {
            value: Box::new(value),
            networks: parsed,
            list: items.list,
        };
        self.predicate(kind, span)
    }

    fn network(&mut self, item: &Expr) -> Option<Network> {
        let (text, written) = match &item.kind {
            ExprKind::Literal {
                value: Value::Text(text),
                param,
            } => (text.clone(), param.is_none()),
            _ => {
                return self.fail(
                    Diagnostic::at(
                        Code::E0409,
                        item.span,
                        "a network is written as text: `\"10.0.0.0/8\"`",
                    )
                    .label("not a network"),
                );
            }
        };
        let fault = match text.parse::<Network>() {
            Ok(network) => return Some(network),
            Err(fault) => fault,
        };
        let error = Diagnostic::at(
            Code::E0409,
            item.span,
            format!("{} is not a network", literal(&text)),
        );
        let fix = |error: Diagnostic, network: &Network, why: &str| {
            if written {
                error.fix(item.span, literal(&network.to_string()), why)
            } else {
                error.help(format!("{why}: `{network}`"))
            }
        };
        let error = match fault {
            NetworkError::Address { text } => error
                .label(format!("`{text}` is not an address"))
                .help("a network is an address, a slash and a length: `10.0.0.0/8`, `fd00::/8`"),
            NetworkError::Length { text, most } => {
                error.label(format!("`{text}` is not a length from 0 to {most}"))
            }
            NetworkError::HostBits { masked, host } => {
                let error = fix(
                    error.label("bits beyond the length are set"),
                    &masked,
                    "the network that holds this address",
                );
                error.help(format!("if one address is meant, write `{host}`"))
            }
            NetworkError::Mapped { ipv4 } => fix(
                error.label("these are IPv4 addresses"),
                &ipv4,
                "the same network in IPv4",
            ),
        };
        self.fail(error)
    }
}

fn holds_networks(items: &Items) -> bool {
    items.items.iter().all(|item| {
        is_literal(item)
            && matches!(&item.kind, ExprKind::Literal { value: Value::Text(text), .. } if text.contains('/') && text.parse::<Network>().is_ok())
    })
}

/// The operator's last word: of `not in` only `in` is replaced.
fn op_span_of_in(op: Span) -> Span {
    Span {
        start: op.end.saturating_sub(2).max(op.start),
        ..op
    }
}
