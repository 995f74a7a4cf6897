//! L0106: an ATT&CK technique that does not exist. L0107: one that is no longer in use.
//!
//! Both are advice and not errors: ATT&CK has newer versions than the table that huntc carries.

use super::subject::Subject;
use crate::attack::{self, Fault, NEWEST, RELEASED, VERSION};
use crate::diag::{Code, Diagnostic};

pub(super) fn check(input: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for id in &input.hunt.attack {
        let (written, span) = (&id.value, id.span);
        let Some(fault) = attack::check(written) else {
            continue;
        };
        let named = |id: &String| {
            attack::technique(id).map_or_else(|| id.clone(), |t| format!("{id} ({})", t.name))
        };
        found.push(match fault {
            Fault::Malformed { meant } => {
                let finding = Diagnostic::at(Code::L0106, span, format!("`{written}` is not the id of a technique"))
                    .help("an id is T and four digits, perhaps with a dot and three more: T1021.001");
                match meant {
                    Some(meant) => finding.fix(span, meant, "the id in its form"),
                    None if written.to_uppercase().starts_with("TA") => finding.label("this is a tactic").help("name the techniques; the tactics follow from them"),
                    None => finding,
                }
            }
            Fault::Unknown { near, newer } => {
                let finding = Diagnostic::at(Code::L0106, span, format!("ATT&CK {VERSION} has no technique {written}")).label("not in the table");
                let finding = if newer {
                    let (version, released) = NEWEST;
                    finding.help(format!(
                        "the table is ATT&CK {VERSION} ({RELEASED}); {version} ({released}) is newer and may have it: then allow L0106 in the hunt, with the reason"
                    ))
                } else {
                    finding
                };
                match near.as_slice() {
                    [only] => finding.fix(span, only.clone(), format!("two digits swapped: {}", named(only))),
                    [] => finding,
                    several => finding.help(format!("two digits swapped: {}", several.iter().map(named).collect::<Vec<_>>().join(", "))),
                }
            }
            Fault::Deprecated { name } => Diagnostic::at(Code::L0107, span, format!("{written} ({name}) is deprecated in ATT&CK {VERSION}"))
                .label("no longer in use")
                .help("name a technique that is in use; ATT&CK's page of the old one says which come near"),
            Fault::Revoked { name, by } => {
                let finding = Diagnostic::at(Code::L0107, span, format!("{written} ({name}) is retired in ATT&CK {VERSION}")).label("no longer in use");
                match by.as_slice() {
                    [only] => finding.fix(span, only.clone(), format!("its successor: {}", named(only))),
                    [] => finding.help("name a technique that is in use; ATT&CK's page of the old one says which come near"),
                    several => finding.help(format!("its successors: {}", several.iter().map(named).collect::<Vec<_>>().join(", "))),
                }
            }
        });
    }
}
