//! Text to tree.
//!
//! In: the bytes of a query inside its file. Out: [`ast::Query`]. Guarantee: nothing is resolved or typed here, and every node has its place; whatever
//! the text is, the answer comes in time linear in its length and without deep recursion.

pub(crate) mod ast;
mod builder;
mod chars;
mod error;
mod exprs;
mod foreign;
mod grammar;
pub(crate) mod print;
mod scan;
mod steps;
mod words;

pub use grammar::KEYWORDS;

#[cfg(test)]
mod tests;

use crate::diag::{Code, Diagnostic};
use crate::source::{Files, Span};
use builder::{Builder, Stop};
use error::Failure;
use grammar::{HuntGrammar, Rule, STEPS};
use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};
use pest::iterators::Pairs;
use scan::{Kind, Token};

/// Longest query read, in bytes.
pub(crate) const MAX_LENGTH: usize = 256 * 1024;

/// Reads a query.
///
/// # Errors
/// Everything that keeps the text from being a query: errors in single characters and literals, and one error per step.
pub fn parse(files: &Files, slice: Span) -> Result<ast::Query, Vec<Diagnostic>> {
    let examined = examine(files, slice);
    match examined.query {
        Some(query) if examined.faults.is_empty() => Ok(query),
        _ => Err(examined.faults),
    }
}

/// A query that was read as far as it goes.
#[derive(Debug)]
pub(crate) struct Examined {
    /// The tree, if there is one. Where there are errors, placeholders take their places: they are there to look for more errors in the same run, and for
    /// nothing else.
    pub query: Option<ast::Query>,
    /// Everything that keeps the text from being a query, in its order.
    pub faults: Vec<Diagnostic>,
}

/// Reads a query, whatever is wrong with it. Errors that need no grammar to be seen do not hide those of the grammar where a repair is known.
#[must_use]
pub(crate) fn examine(files: &Files, slice: Span) -> Examined {
    let text = files.slice(slice);
    let broken = |faults| Examined {
        query: None,
        faults,
    };
    if let Some(fault) = too_long(text, slice) {
        return broken(vec![fault]);
    }
    let scan = scan::scan(text, slice);
    if scan.faults.is_empty() {
        return match by_grammar(text, &scan.tokens, text, slice) {
            Ok(query) => Examined {
                query: Some(query),
                faults: Vec::new(),
            },
            Err(faults) => broken(faults),
        };
    }
    let Some(repaired) = scan.repaired else {
        return broken(scan.faults);
    };
    let again = scan::scan(&repaired, slice);
    if !again.faults.is_empty() {
        return broken(scan.faults);
    }
    match by_grammar(&repaired, &again.tokens, text, slice) {
        Ok(query) => Examined {
            query: Some(query),
            faults: scan.faults,
        },
        Err(more) => broken(beside(scan.faults, more)),
    }
}

/// Errors, and those of `more` that are about other places, in the order of the text.
#[must_use]
pub(crate) fn beside(mut faults: Vec<Diagnostic>, more: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let place = |fault: &Diagnostic| fault.primary.as_ref().map(|label| label.span);
    let known: Vec<Span> = faults.iter().filter_map(place).collect();
    let new = |fault: &Diagnostic| {
        place(fault).is_none_or(|span| {
            let meets = |other: &Span| {
                other.file == span.file && other.start < span.end && span.start < other.end
            };
            !known.iter().any(meets)
        })
    };
    faults.extend(more.into_iter().filter(new));
    faults.sort_by_key(place);
    faults
}

/// `text` is what is read, `written` what the author wrote at the same places.
fn by_grammar(
    text: &str,
    tokens: &[Token<'_>],
    written: &str,
    slice: Span,
) -> Result<ast::Query, Vec<Diagnostic>> {
    if tokens.is_empty() {
        return Err(vec![
            Diagnostic::at(Code::E0217, slice, "the query is empty")
                .help("a query begins with `from`: `from network_session within 24h`"),
        ]);
    }
    match HuntGrammar::parse(Rule::query, text) {
        Ok(pairs) => build_query(pairs, written, slice),
        Err(whole) => Err(by_steps(text, tokens, slice, whole)),
    }
}

/// Reads one expression; schemas hold such texts.
///
/// # Errors
/// As [`parse`].
pub(crate) fn parse_expression(files: &Files, slice: Span) -> Result<ast::Expr, Vec<Diagnostic>> {
    let text = files.slice(slice);
    let tokens = tokens(text, slice)?;
    let pairs = HuntGrammar::parse(Rule::expression_only, text).map_err(|error| {
        vec![failure(&tokens, error, 0, "the end of the expression", slice).explain()]
    })?;
    let mut builder = Builder::new(slice.file, slice.start as usize);
    let whole = pairs
        .flatten()
        .find(|pair| pair.as_rule() == Rule::expression);
    let built = whole
        .ok_or(Stop::Defect(slice))
        .and_then(|pair| builder.expression(pair, 0));
    let built = finish(built, &mut builder)?;
    // Nothing that reads a single expression looks at these later.
    match builder.all() {
        foreign if foreign.is_empty() => Ok(built),
        foreign => Err(foreign),
    }
}

/// The tokens of a text, when it is short enough and without errors that need no grammar.
fn tokens(text: &str, place: Span) -> Result<Vec<Token<'_>>, Vec<Diagnostic>> {
    if let Some(fault) = too_long(text, place) {
        return Err(vec![fault]);
    }
    let scan = scan::scan(text, place);
    if scan.faults.is_empty() {
        Ok(scan.tokens)
    } else {
        Err(scan.faults)
    }
}

fn too_long(text: &str, place: Span) -> Option<Diagnostic> {
    let start = Span {
        end: place.start,
        ..place
    };
    (text.len() > MAX_LENGTH).then(|| {
        Diagnostic::at(
            Code::E0202,
            start,
            format!("the query is longer than {} KiB", MAX_LENGTH / 1024),
        )
        .help("long lists belong under `lists:`, or in a CSV file as a map")
    })
}

fn build_query(
    pairs: Pairs<'_, Rule>,
    text: &str,
    slice: Span,
) -> Result<ast::Query, Vec<Diagnostic>> {
    let mut builder = Builder::new(slice.file, slice.start as usize);
    let steps: builder::Built<Vec<ast::Step>> = pairs
        .filter(|pair| pair.as_rule() == Rule::query)
        .flat_map(|query| query.into_inner())
        .filter(|pair| !matches!(pair.as_rule(), Rule::bar | Rule::EOI))
        .map(|pair| builder.step(pair))
        .collect();
    let steps = finish(steps, &mut builder)?;
    let span = match (steps.first(), steps.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => slice,
    };
    Ok(ast::Query {
        steps,
        span,
        source: ast::Source::new(text, slice),
        foreign: builder.foreign,
    })
}

fn finish<T>(built: builder::Built<T>, builder: &mut Builder) -> Result<T, Vec<Diagnostic>> {
    match built {
        Ok(tree) if builder.faults.is_empty() => Ok(tree),
        Ok(_) | Err(Stop::Reported) => Err(builder.all()),
        Err(Stop::Defect(span)) => Err(vec![
            Diagnostic::at(
                Code::E0201,
                span,
                "huntc cannot read this although its grammar accepts it",
            )
            .help("this is a defect of huntc; please report it with this text"),
        ]),
    }
}

/// Each step on its own, so that one run shows the errors of several.
fn by_steps(text: &str, tokens: &[Token<'_>], slice: Span, whole: Error<Rule>) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let mut start = 0;
    for (index, step) in tokens
        .split(|token| token.kind == Kind::Sign && token.text == "|")
        .enumerate()
    {
        // Steps are read from bar to bar; the comments between belong to neither.
        let end = start_of_next_bar(tokens, step, start, text.len());
        let place = |from: usize, to: usize| {
            Span::new(
                slice.file,
                slice.start as usize + from,
                slice.start as usize + to,
            )
        };
        if let Some(fault) = misplaced(
            index,
            step,
            place(end.min(text.len()), (end + 1).min(text.len())),
            &place,
        ) {
            faults.push(fault);
        } else {
            let rule = if index == 0 {
                Rule::first_step_only
            } else {
                Rule::later_step_only
            };
            let part = text.get(start..end).unwrap_or("");
            match HuntGrammar::parse(rule, part) {
                Err(error) => {
                    faults.push(failure(step, error, start, "the end of the step", slice).explain())
                }
                Ok(pairs) => {
                    let mut builder = Builder::new(slice.file, slice.start as usize + start);
                    let pairs = pairs
                        .flat_map(|only| only.into_inner())
                        .filter(|pair| pair.as_rule() != Rule::EOI);
                    for pair in pairs {
                        // Only the errors matter: the query as a whole is refused.
                        let _step = builder.step(pair);
                    }
                    faults.append(&mut builder.all());
                }
            }
        }
        start = end + 1;
    }
    if faults.is_empty() {
        faults.push(failure(tokens, whole, 0, "the end of the query", slice).explain());
    }
    faults
}

/// The offset of the bar after a step, or the end of the text.
fn start_of_next_bar(
    tokens: &[Token<'_>],
    step: &[Token<'_>],
    start: usize,
    length: usize,
) -> usize {
    let after = step.last().map_or(start, Token::end);
    tokens
        .iter()
        .find(|token| token.kind == Kind::Sign && token.text == "|" && token.start >= after)
        .map_or(length, |bar| bar.start)
}

/// A step that is empty, unknown, or not where it belongs; `bar` is the place after an empty step.
fn misplaced(
    index: usize,
    step: &[Token<'_>],
    bar: Span,
    place: &dyn Fn(usize, usize) -> Span,
) -> Option<Diagnostic> {
    let Some(first) = step.first() else {
        return Some(if index == 0 {
            Diagnostic::at(Code::E0217, bar, "the query begins with a bar")
                .help("the first step is `from`, without a bar before it")
        } else {
            Diagnostic::at(Code::E0217, bar, "a step is missing here")
                .help("nothing stands between this place and the bar before it")
        });
    };
    let span = place(first.start, first.end());
    let known = first.kind == Kind::Word && STEPS.contains(&first.text);
    match (index, first.text) {
        (0, "from") => None,
        (0, _) if known => {
            let fault = Diagnostic::at(Code::E0217, span, "the first step is `from`");
            Some(fault.help("it names the event class: `from network_session within 24h`"))
        }
        (_, "from") => Some(
            Diagnostic::at(Code::E0217, span, "`from` is the first step and no other").help(
                "a hunt reads one event class; sub-queries and unions are not in the language",
            ),
        ),
        _ if known => None,
        _ if first.kind == Kind::Word => Some(foreign::step(first.text, span)),
        _ => Some(
            Diagnostic::at(Code::E0210, span, "a step begins with its word").help(foreign::steps()),
        ),
    }
}

fn failure<'t, 'a>(
    tokens: &'t [Token<'a>],
    error: Error<Rule>,
    offset: usize,
    end: &'static str,
    place: Span,
) -> Failure<'t, 'a> {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let rules = match error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives,
        ErrorVariant::CustomError { .. } => Vec::new(),
    };
    Failure {
        tokens,
        at: offset + at,
        rules,
        end,
        place,
    }
}
