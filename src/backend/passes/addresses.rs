//! Tests on addresses in the constructs that dialects have.
//!
//! In: a bound plan. Out: a plan with the same meaning in which `is_private` and `is_public` are the written tables of networks, and, beside a conjunct
//! that says the family of an address, only networks of that family are left. Guarantee: nothing but what the semantics make equal is exchanged.

use crate::net::{self, Network};
use crate::plan::passes::simplify;
use crate::plan::rebuild::{rebuild, rebuilt};
use crate::plan::{Column, Expr, ExprKind};

/// The expression over tables of networks, of one family where that is known.
pub(super) fn spell_out(expr: Expr) -> Expr {
    rebuilt(expr, &mut |part| narrow(tables(part)))
}

/// `is_private` and `is_public` as tests on networks.
fn tables(expr: Expr) -> Expr {
    let ExprKind::Call {
        function,
        arguments,
        ..
    } = &expr.kind
    else {
        return expr;
    };
    match (function.as_str(), arguments.as_slice()) {
        ("is_private", [address]) => in_networks(
            address,
            net::private_networks().to_vec(),
            "private_networks",
        ),
        ("is_public", [address]) => public(address),
        _ => expr,
    }
}

/// Present, and in none of the excluded networks or in an exception.
fn public(address: &Expr) -> Expr {
    let span = address.span;
    let excluded = in_networks(
        address,
        net::public_exclusions().to_vec(),
        "special_networks",
    );
    let excepted = in_networks(
        address,
        net::public_exceptions().to_vec(),
        "public_exceptions",
    );
    let present = Expr::predicate(ExprKind::Exists(Box::new(address.clone())), span);
    simplify::all(
        vec![
            present,
            simplify::any(vec![simplify::not(excluded), excepted], span),
        ],
        span,
    )
}

fn in_networks(address: &Expr, networks: Vec<Network>, list: &str) -> Expr {
    let kind = ExprKind::InNetwork {
        value: Box::new(address.clone()),
        networks,
        list: Some(list.to_owned()),
    };
    Expr::predicate(kind, address.span)
}

/// In a conjunction that says of a column that it is an IPv4 (or IPv6) address: the other conjuncts need not ask whether it is present, nor whether it
/// is in a network of the other family.
fn narrow(expr: Expr) -> Expr {
    let ExprKind::And(parts) = &expr.kind else {
        return expr;
    };
    let known: Vec<(usize, String, bool)> = parts
        .iter()
        .enumerate()
        .filter_map(|(at, part)| family(part).map(|(column, v4)| (at, column, v4)))
        .collect();
    if known.is_empty() {
        return expr;
    }
    let narrowed = parts
        .iter()
        .enumerate()
        .map(|(at, part)| {
            known
                .iter()
                .filter(|(by, ..)| *by != at)
                .fold(part.clone(), |part, (_, column, v4)| {
                    restrict(&part, column, *v4)
                })
        })
        .collect();
    simplify::all(narrowed, expr.span)
}

/// The column and whether it is said to be an IPv4 address.
fn family(test: &Expr) -> Option<(String, bool)> {
    let ExprKind::Call {
        function,
        arguments,
        ..
    } = &test.kind
    else {
        return None;
    };
    let v4 = match function.as_str() {
        "is_ipv4" => true,
        "is_ipv6" => false,
        _ => return None,
    };
    arguments
        .first()
        .and_then(column)
        .map(|name| (name.to_owned(), v4))
}

fn restrict(expr: &Expr, about: &str, v4: bool) -> Expr {
    rebuild(expr, &mut |part| match &part.kind {
        ExprKind::Exists(value) if column(value) == Some(about) => {
            simplify::constant(true, part.span)
        }
        ExprKind::InNetwork {
            value,
            networks,
            list,
        } if column(value) == Some(about) => {
            let left: Vec<Network> = networks
                .iter()
                .filter(|network| network.is_ipv4() == v4)
                .copied()
                .collect();
            if left.is_empty() {
                return simplify::constant(false, part.span);
            }
            Expr::predicate(
                ExprKind::InNetwork {
                    value: value.clone(),
                    networks: left,
                    list: list.clone(),
                },
                part.span,
            )
        }
        ExprKind::Not(inner) => simplify::not((**inner).clone()),
        ExprKind::And(parts) => simplify::all(parts.clone(), part.span),
        ExprKind::Or(parts) => simplify::any(parts.clone(), part.span),
        _ => part,
    })
}

fn column(value: &Expr) -> Option<&str> {
    match &value.kind {
        ExprKind::Column(column) => Some(Column::name(column)),
        _ => None,
    }
}
