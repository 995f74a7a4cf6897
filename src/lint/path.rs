//! L0118 and L0119: a path compared with the name of a file, and a name with a path.

use super::constants::{How, each_constant, sibling};
use super::subject::Subject;
use crate::diag::{Code, Diagnostic};
use crate::plan::show;
use crate::schema::Role;
use crate::value::Value;

/// What Windows gives as the path of what has no file.
const NO_FILE: [&str; 4] = ["system", "registry", "memory compression", "idle"];

pub(super) fn check(input: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    each_constant(input, &mut |constant| {
        let Value::Text(text) = &constant.value else {
            return;
        };
        let separated = text.contains(['\\', '/']);
        let tested = show::expr(constant.tested);
        match constant.role {
            Some(Role::FileName)
                if separated
                    && (constant.how.is_whole() || matches!(constant.how, How::Text(_))) =>
            {
                let finding = Diagnostic::at(
                    Code::L0118,
                    constant.span,
                    format!("`{tested}` is the name of a file, and this has a folder in it"),
                )
                .label("no name has a `\\` or `/`");
                found.push(match sibling(input, constant.tested, Role::Path) {
                    Some(path) => finding.help(format!("compare it with `{path}`")),
                    None => finding,
                });
            }
            Some(Role::Path)
                if !separated
                    && constant.how.is_whole()
                    && !NO_FILE.contains(&text.to_lowercase().as_str()) =>
            {
                let fold = if constant.fold { "~" } else { "" };
                let end = show::value(&Value::text(&format!("\\{text}")));
                let mut finding = Diagnostic::at(
                    Code::L0119,
                    constant.span,
                    format!("`{tested}` is a path, and this is a name without a folder"),
                )
                .label("no path is only this");
                if let Some(name) = sibling(input, constant.tested, Role::FileName) {
                    finding = finding.help(format!("compare it with `{name}`"));
                }
                found.push(finding.help(format!(
                    "the end of a path is tested with `{tested} ends_with{fold} {end}`"
                )));
            }
            _ => {}
        }
    });
}
