//! L0114: text with a wildcard of other languages, compared literally.

use super::constants::{Constant, How, each_constant};
use super::subject::Subject;
use crate::diag::{Code, Diagnostic};
use crate::plan::{TextTest, Type, show};
use crate::schema::Role;
use crate::syntax::ast;
use crate::value::Value;

pub(super) fn check(input: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    each_constant(input, &mut |constant| {
        let Value::Text(text) = &constant.value else {
            return;
        };
        let Some(shape) = shape(text, &constant) else {
            return;
        };
        let finding = Diagnostic::at(
            Code::L0114,
            constant.span,
            format!(
                "{} is compared as it stands, and has a wildcard of other languages",
                show::value(&constant.value)
            ),
        )
        .label("matches only this very text");
        found.push(instead(input, &constant, &shape, finding));
    });
}

/// What the wildcards mean.
enum Shape {
    /// `*`
    Anything,
    /// The test that says it, and the text without the wildcards.
    Test(TextTest, String),
    /// Wildcards within the text.
    Regex(String),
}

/// What a text with wildcards means; `None` for a text without any.
fn shape(text: &str, constant: &Constant<'_>) -> Option<Shape> {
    // Neither `*` nor `?` occurs in the name of a file, in a path or in the name of a host, except for the prefix `\\?\` of Windows.
    let strict = matches!(
        constant.role,
        Some(Role::FileName | Role::Path | Role::Host)
    ) && !text.starts_with("\\\\?\\");
    let within = match constant.how {
        How::Text(test) => Some(test),
        how if how.is_whole() => None,
        _ => return None,
    };
    let inner_wild = |inner: &str| strict && inner.contains(['*', '?']);
    for star in ['*', '%'] {
        let front = text.starts_with(star);
        let back = text.ends_with(star) && text.chars().count() > 1;
        if !front && !back {
            continue;
        }
        let inner = text.trim_matches(star);
        if inner.is_empty() {
            // A text test may well look for the sign itself.
            return within.is_none().then_some(Shape::Anything);
        }
        // `%temp%` is a variable of the system; one `%` occurs in many texts.
        let meant = star == '*'
            || front && back && !is_variable(inner)
            || within.is_none() && front != back;
        if !meant || inner.contains(star) || inner_wild(inner) {
            continue;
        }
        let test = match (within, front, back) {
            (None | Some(TextTest::StartsWith), false, true) => TextTest::StartsWith,
            (None | Some(TextTest::EndsWith), true, false) => TextTest::EndsWith,
            _ => TextTest::Contains,
        };
        return Some(Shape::Test(test, inner.to_owned()));
    }
    inner_wild(text).then(|| Shape::Regex(regex(text, within, constant.fold)))
}

/// The finding with what to write instead: an edit where one place is enough.
fn instead(
    input: &Subject<'_>,
    constant: &Constant<'_>,
    shape: &Shape,
    finding: Diagnostic,
) -> Diagnostic {
    let fold = if constant.fold { "~" } else { "" };
    let (test, bare) = match shape {
        Shape::Anything => ("exists".to_owned(), None),
        Shape::Test(test, inner) => {
            let bare = quoted(inner);
            (format!("{}{fold} {bare}", test.word()), Some((*test, bare)))
        }
        Shape::Regex(regex) => (format!("matches {regex}"), None),
    };
    match constant.how {
        How::Text(written) => match bare {
            Some((test, bare)) if test == written => {
                finding.fix(constant.span, bare, "the text without the wildcard")
            }
            _ => finding.help(format!("`{test}` says what is meant")),
        },
        How::Key => finding.help(format!(
            "a map finds whole keys only; test it before: `case {{ {} {test} -> …, else … }}`",
            show::expr(constant.tested)
        )),
        How::Cell => finding.help(format!(
            "a join compares whole values; `{} {test}` in a `where` compares a part, and takes a list",
            show::expr(constant.tested)
        )),
        How::Compare(_) | How::Member | How::Bound => {
            let negated = constant.test.is_some_and(is_negated);
            let value = written_value(input, constant);
            let whole = match (shape, negated) {
                (Shape::Anything, true) => format!("{value} is missing"),
                (_, false) => format!("{value} {test}"),
                (_, true) => format!("not {value} {test}"),
            };
            // A field of several values has no tests on its text.
            let several = constant.tested.ty != Type::Text;
            match (constant.how, constant.test) {
                (How::Compare(_), Some(node)) if !several => {
                    finding.fix(node.span, whole, "the test that is meant")
                }
                (How::Member, Some(_)) if !several => {
                    let word = if negated { "and" } else { "or" };
                    finding.help(format!(
                        "take it out of the list and write `{word} {whole}` beside the test"
                    ))
                }
                _ => finding.help(format!("`{whole}`")),
            }
        }
    }
}

/// The tested value as the author wrote it.
fn written_value(input: &Subject<'_>, constant: &Constant<'_>) -> String {
    let node = match constant.test.map(|test| &test.kind) {
        Some(ast::ExprKind::Compare { left, right, .. }) if left.span == constant.span => {
            Some(right)
        }
        Some(ast::ExprKind::Compare { left, .. }) => Some(left),
        Some(ast::ExprKind::In { value, .. }) => Some(value),
        _ => None,
    };
    node.and_then(|node| input.query.source.at(node.span))
        .map_or_else(|| show::expr(constant.tested), str::to_owned)
}

fn is_negated(test: &ast::Expr) -> bool {
    matches!(
        test.kind,
        ast::ExprKind::Compare {
            op: ast::CompareOp::NotEqual,
            ..
        } | ast::ExprKind::In { negated: true, .. }
    )
}

fn quoted(text: &str) -> String {
    show::value(&Value::text(text))
}

/// A regex for a text with wildcards: as long as the whole value, or a part of it for a test on a part.
fn regex(text: &str, within: Option<TextTest>, fold: bool) -> String {
    let mut body = String::new();
    for c in text.chars() {
        match c {
            '*' => body.push_str(".*"),
            '?' => body.push('.'),
            c => {
                if "\\.+()|[]{}^$/".contains(c) {
                    body.push('\\');
                }
                body.push(c);
            }
        }
    }
    let start = if matches!(within, None | Some(TextTest::StartsWith)) {
        "^"
    } else {
        ""
    };
    let end = if matches!(within, None | Some(TextTest::EndsWith)) {
        "$"
    } else {
        ""
    };
    format!("/{start}{body}{end}/{}", if fold { "i" } else { "" })
}

/// Whether Windows has a variable of that name; it is between `%` in command lines.
fn is_variable(name: &str) -> bool {
    const VARIABLES: &[&str] = &[
        "allusersprofile",
        "appdata",
        "cd",
        "cmdcmdline",
        "commonprogramfiles",
        "commonprogramfiles(x86)",
        "commonprogramw6432",
        "computername",
        "comspec",
        "date",
        "errorlevel",
        "homedrive",
        "homepath",
        "localappdata",
        "logonserver",
        "number_of_processors",
        "onedrive",
        "os",
        "path",
        "pathext",
        "processor_architecture",
        "programdata",
        "programfiles",
        "programfiles(x86)",
        "programw6432",
        "psmodulepath",
        "public",
        "random",
        "sessionname",
        "systemdrive",
        "systemroot",
        "temp",
        "time",
        "tmp",
        "userdomain",
        "username",
        "userprofile",
        "windir",
    ];
    VARIABLES.contains(&name.to_lowercase().as_str())
}
