//! L0116: a port compared with a number that is none.

use super::constants::{How, each_constant};
use super::subject::Subject;
use crate::diag::{Code, Diagnostic};
use crate::plan::Comparison;
use crate::schema::Role;
use crate::value::Value;

const MOST: i64 = 65_535;

pub(super) fn check(input: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    each_constant(input, &mut |constant| {
        let (Some(Role::Port), Value::Int(number)) = (constant.role, &constant.value) else {
            return;
        };
        // `< 65536` and `> -1` are bounds that are not reached.
        let (least, most) = match constant.how {
            How::Compare(Comparison::Less | Comparison::GreaterOrEqual) => (0, MOST + 1),
            How::Compare(Comparison::Greater | Comparison::LessOrEqual) => (-1, MOST),
            _ => (0, MOST),
        };
        if (least..=most).contains(number) {
            return;
        }
        let effect = if constant.how.is_whole() {
            "no event has this port"
        } else {
            "no port is beyond this bound"
        };
        found.push(
            Diagnostic::at(Code::L0116, constant.span, format!("{number} is no port"))
                .label(effect)
                .help(format!("ports are numbers from 0 to {MOST}")),
        );
    });
}
