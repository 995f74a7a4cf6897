//! L0117: a text compared with a hash that cannot be one.

use super::constants::{How, each_constant, sibling};
use super::subject::Subject;
use crate::diag::{Code, Diagnostic};
use crate::schema::Role;
use crate::value::Value;

/// Kinds of hashes, how they are called, and how many hexadecimal digits they have.
const HASHES: [(Role, &str, usize); 3] = [
    (Role::Md5, "an MD5", 32),
    (Role::Sha1, "a SHA-1", 40),
    (Role::Sha256, "a SHA-256", 64),
];

pub(super) fn check(input: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    each_constant(input, &mut |constant| {
        let Some((_, name, digits)) = HASHES
            .iter()
            .find(|(role, ..)| constant.role == Some(*role))
        else {
            return;
        };
        let Value::Text(text) = &constant.value else {
            return;
        };
        let whole = constant.how.is_whole();
        if !whole && !matches!(constant.how, How::Text(_)) {
            return;
        }
        let length = text.chars().count();
        let other = text.chars().find(|c| !c.is_ascii_hexdigit());
        let fits = if whole {
            length == *digits
        } else {
            length <= *digits
        };
        let (title, label) = match (other, fits) {
            (None, true) => return,
            (Some(c), _) => (
                format!("{name} has hexadecimal digits only"),
                format!("{c:?} is none"),
            ),
            (None, false) => (
                format!("{name} has {digits} hexadecimal digits, and this has {length}"),
                "no event has this hash".to_owned(),
            ),
        };
        let mut finding = Diagnostic::at(Code::L0117, constant.span, title).label(label);
        let kind = HASHES
            .iter()
            .find(|(_, _, digits)| whole && other.is_none() && length == *digits);
        if let Some((role, name, _)) = kind {
            finding = finding.help(match sibling(input, constant.tested, *role) {
                Some(field) => format!("it is as long as {name}: compare it with `{field}`"),
                None => format!("it is as long as {name}"),
            });
        }
        found.push(finding);
    });
}
