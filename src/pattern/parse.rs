//! Text to tree: the portable core of RE2.
//!
//! In: what is between the slashes. Out: a [`Node`], or a [`PatternError`] that points into it. What some engine
//! lacks or reads differently is refused here, with the reason, so that printing can be total except for a few cases.

use regex_syntax::ast::{self, Ast, ErrorKind};

use super::class;
use super::error::{PatternError, error};
use super::node::Node;

/// The longest source, in bytes; Elasticsearch's default bound on a regex is 1,000 characters.
const LONGEST: usize = 1000;
/// RE2 refuses more repetitions than this, also multiplied through nesting.
const MOST_REPEATS: u32 = 1000;

pub(super) fn parse(source: &str, ignore_case: bool) -> Result<Node, PatternError> {
    if source.len() > LONGEST {
        return Err(PatternError {
            offset: LONGEST,
            len: source.len() - LONGEST,
            what: format!("a regex may have at most {LONGEST} bytes"),
            help: Some("split it into several `matches`, or use a list".to_owned()),
        });
    }
    let mut parser = ast::parse::ParserBuilder::new().nest_limit(40).build();
    let ast = parser.parse(source).map_err(|fault| syntax_error(&fault))?;
    Reader {
        source,
        ignore_case,
    }
    .node(
        &ast,
        Place {
            left: true,
            right: true,
            repeated: false,
        },
    )
}

/// Where a part is.
#[derive(Clone, Copy)]
struct Place {
    /// Nothing comes before it.
    left: bool,
    /// Nothing comes after it.
    right: bool,
    /// It is inside a repetition.
    repeated: bool,
}

struct Reader<'a> {
    source: &'a str,
    ignore_case: bool,
}

impl Reader<'_> {
    fn node(&self, ast: &Ast, place: Place) -> Result<Node, PatternError> {
        match ast {
            Ast::Empty(_) => Ok(Node::Empty),
            Ast::Literal(literal) => class::character(literal.c, &literal.span).map(Node::Char),
            Ast::Dot(_) => Ok(Node::Any),
            Ast::ClassPerl(perl) => Ok(Node::Class(class::perl(perl))),
            Ast::ClassBracketed(bracketed) => {
                class::bracketed(bracketed, self.ignore_case).map(Node::Class)
            }
            Ast::ClassUnicode(class) => Err(class::no_unicode(&class.span)),
            Ast::Assertion(assertion) => self.assertion(assertion, place),
            Ast::Flags(flags) => Err(inline_flags(&flags.span)),
            Ast::Group(group) => self.group(group, place),
            Ast::Repetition(repetition) => self.repetition(repetition),
            Ast::Alternation(alternation) => self.alternation(alternation, place),
            Ast::Concat(concat) => self.concat(concat, place),
        }
    }

    fn concat(&self, concat: &ast::Concat, place: Place) -> Result<Node, PatternError> {
        let last = concat.asts.len().saturating_sub(1);
        let mut nodes = Vec::new();
        let mut boundaries = Vec::new();
        for (index, ast) in concat.asts.iter().enumerate() {
            let inner = Place {
                left: place.left && index == 0,
                right: place.right && index == last,
                ..place
            };
            match ast {
                Ast::Assertion(a)
                    if a.kind == ast::AssertionKind::WordBoundary && !place.repeated =>
                {
                    boundaries.push((index, a.span, inner));
                    nodes.push(Node::Empty);
                }
                _ => nodes.push(self.node(ast, inner)?),
            }
        }
        for (index, span, inner) in boundaries {
            let before = index
                .checked_sub(1)
                .and_then(|i| nodes.get(i))
                .is_some_and(|n| n.only_word(true));
            let after = nodes.get(index + 1).is_some_and(|n| n.only_word(false));
            let resolved = match (inner.left && after, inner.right && before) {
                (true, _) => Node::WordStart,
                (_, true) => Node::WordEnd,
                (false, false) => return Err(boundary(&span)),
            };
            if let Some(slot) = nodes.get_mut(index) {
                *slot = resolved;
            }
        }
        Ok(Node::concat(nodes))
    }

    fn assertion(&self, assertion: &ast::Assertion, place: Place) -> Result<Node, PatternError> {
        use ast::AssertionKind as Kind;
        let node = match assertion.kind {
            Kind::StartLine | Kind::StartText => Node::Start,
            Kind::EndLine | Kind::EndText => Node::End,
            Kind::WordBoundary => return Err(boundary(&assertion.span)),
            Kind::NotWordBoundary => {
                return Err(error(
                    &assertion.span,
                    "`\\B` is not portable",
                    "say which characters may stand there",
                ));
            }
            Kind::WordBoundaryStartAngle | Kind::WordBoundaryEndAngle => {
                return Err(error(
                    &assertion.span,
                    "an escaped `<` or `>` means a word boundary in some engines",
                    "write the character without the backslash",
                ));
            }
            Kind::WordBoundaryStart
            | Kind::WordBoundaryEnd
            | Kind::WordBoundaryStartHalf
            | Kind::WordBoundaryEndHalf => {
                return Err(error(
                    &assertion.span,
                    "this kind of word boundary is not portable",
                    "write `\\b`",
                ));
            }
        };
        if place.repeated {
            return Err(error(
                &assertion.span,
                "an anchor inside a repetition",
                "move it out: it can only hold once",
            ));
        }
        Ok(node)
    }

    fn group(&self, group: &ast::Group, place: Place) -> Result<Node, PatternError> {
        match &group.kind {
            ast::GroupKind::CaptureIndex(_) => {
                let inner = self.node(&group.ast, place)?;
                // Printed without its parentheses it would leave a repetition behind it without anything to repeat.
                if inner == Node::Empty {
                    return Err(error(&group.span, "an empty group", "remove it"));
                }
                Ok(Node::Capture(Box::new(inner)))
            }
            ast::GroupKind::NonCapturing(flags) if flags.items.is_empty() => {
                self.node(&group.ast, place)
            }
            ast::GroupKind::NonCapturing(flags) => Err(inline_flags(&flags.span)),
            ast::GroupKind::CaptureName { name, .. } => Err(error(
                &name.span,
                "a named group is not portable",
                "write `(…)`",
            )),
        }
    }

    fn alternation(
        &self,
        alternation: &ast::Alternation,
        place: Place,
    ) -> Result<Node, PatternError> {
        let nodes: Vec<Node> = alternation
            .asts
            .iter()
            .map(|ast| self.node(ast, place))
            .collect::<Result<_, _>>()?;
        let empty = |node: Option<&Node>| matches!(node, Some(Node::Empty));
        let (first, last) = (empty(nodes.first()), empty(nodes.last()));
        let rest: Vec<Node> = nodes
            .iter()
            .filter(|node| **node != Node::Empty)
            .cloned()
            .collect();
        if rest.len() == nodes.len() {
            return Ok(Node::alternate(rest));
        }
        // Not every engine has an empty alternative; `(a|)` is `(a?)`.
        if nodes.len() - rest.len() > 1
            || !(first || last)
            || rest.iter().any(|n| n.any(Node::is_anchor))
        {
            return Err(error(
                &alternation.span,
                "an empty alternative",
                "write `?` after the part that may be absent",
            ));
        }
        Ok(Node::Repeat {
            node: Box::new(Node::alternate(rest)),
            min: 0,
            max: Some(1),
            lazy: first,
        })
    }

    fn repetition(&self, repetition: &ast::Repetition) -> Result<Node, PatternError> {
        use ast::{RepetitionKind as Kind, RepetitionRange as Range};
        let span = repetition.op.span;
        let (min, max) = match &repetition.op.kind {
            Kind::ZeroOrOne => (0, Some(1)),
            Kind::ZeroOrMore => (0, None),
            Kind::OneOrMore => (1, None),
            Kind::Range(Range::Exactly(n)) => (*n, Some(*n)),
            Kind::Range(Range::AtLeast(n)) => (*n, None),
            Kind::Range(Range::Bounded(low, high)) => (*low, Some(*high)),
        };
        let written = self
            .source
            .get(span.start.offset..span.end.offset)
            .unwrap_or_default();
        if written.replace(' ', "").starts_with("{,") {
            return Err(error(
                &span,
                "a repetition without a lower bound",
                "write `{0,n}`",
            ));
        }
        let node = self.node(
            &repetition.ast,
            Place {
                left: false,
                right: false,
                repeated: true,
            },
        )?;
        let times = max.unwrap_or(min);
        if times.max(1).saturating_mul(repeats(&node)) > MOST_REPEATS {
            let what = format!("more than {MOST_REPEATS} repetitions");
            return Err(error(
                &span,
                what,
                "RE2 allows no more, nested ones multiplied",
            ));
        }
        Ok(match (min, max) {
            (0, Some(0)) if node.any(|n| matches!(n, Node::Capture(_))) => {
                return Err(error(&span, "a group repeated zero times", "leave it out"));
            }
            (0, Some(0)) => Node::Empty,
            (1, Some(1)) => node,
            _ if node == Node::Empty => Node::Empty,
            _ => Node::Repeat {
                node: Box::new(node),
                min,
                max,
                lazy: !repetition.greedy,
            },
        })
    }
}

/// The greatest product of nested repetition counts.
fn repeats(node: &Node) -> u32 {
    match node {
        Node::Repeat { node, min, max, .. } => {
            max.unwrap_or(*min).max(1).saturating_mul(repeats(node))
        }
        Node::Capture(inner) => repeats(inner),
        Node::Concat(nodes) | Node::Alternate(nodes) => {
            nodes.iter().map(repeats).max().unwrap_or(1)
        }
        Node::Empty | Node::Char(_) | Node::Any | Node::Class(_) => 1,
        Node::Start | Node::End | Node::WordStart | Node::WordEnd => 1,
    }
}

fn boundary(span: &ast::Span) -> PatternError {
    error(
        span,
        "`\\b` is allowed only at the outer edge of the regex, next to a letter, digit or `_`",
        "elsewhere say which characters may stand there, such as `[^A-Za-z0-9_]`; for a word use `has_word`",
    )
}

fn inline_flags(span: &ast::Span) -> PatternError {
    error(
        span,
        "flags inside a regex are not portable",
        "to ignore case write `/…/i`",
    )
}

fn syntax_error(fault: &ast::Error) -> PatternError {
    let (what, help): (&str, Option<&'static str>) = match fault.kind() {
        ErrorKind::UnsupportedLookAround => (
            "look-around is not portable",
            Some("RE2, Lucene and KQL have none; combine two `matches` with `and` or `and not`"),
        ),
        ErrorKind::UnsupportedBackreference => (
            "a back-reference is not portable",
            Some("RE2, Lucene and KQL have none"),
        ),
        ErrorKind::GroupUnclosed => (
            "this group is not closed",
            Some("for the character write `\\(`"),
        ),
        ErrorKind::GroupUnopened => (
            "this `)` closes nothing",
            Some("for the character write `\\)`"),
        ),
        ErrorKind::ClassUnclosed => (
            "this class is not closed",
            Some("for the character write `\\[`"),
        ),
        ErrorKind::ClassRangeInvalid => ("the range ends before it begins", None),
        ErrorKind::ClassRangeLiteral => (
            "a range needs a character on both sides",
            Some("for a hyphen write `\\-`"),
        ),
        ErrorKind::ClassEscapeInvalid => ("this escape means nothing in a class", None),
        ErrorKind::EscapeUnexpectedEof => (
            "a backslash at the end",
            Some("for the character write `\\\\`"),
        ),
        ErrorKind::EscapeUnrecognized => ("no such escape", Some("for a backslash write `\\\\`")),
        ErrorKind::EscapeHexEmpty
        | ErrorKind::EscapeHexInvalid
        | ErrorKind::EscapeHexInvalidDigit => (
            "not a character in hexadecimal",
            Some("write `\\x41` or `\\x{1F600}`"),
        ),
        ErrorKind::RepetitionMissing => (
            "nothing to repeat",
            Some("for the character put a backslash before it"),
        ),
        ErrorKind::RepetitionCountInvalid => ("the least count is greater than the most", None),
        ErrorKind::RepetitionCountUnclosed
        | ErrorKind::RepetitionCountDecimalEmpty
        | ErrorKind::DecimalEmpty
        | ErrorKind::DecimalInvalid => (
            "not a repetition",
            Some("write `{3}`, `{3,}` or `{3,5}`; for the character write `\\{`"),
        ),
        ErrorKind::NestLimitExceeded(_) => ("groups are nested too deeply", None),
        ErrorKind::FlagUnrecognized
        | ErrorKind::FlagUnexpectedEof
        | ErrorKind::FlagDuplicate { .. }
        | ErrorKind::FlagRepeatedNegation { .. }
        | ErrorKind::FlagDanglingNegation => (
            "flags inside a regex are not portable",
            Some("to ignore case write `/…/i`"),
        ),
        ErrorKind::UnicodeClassInvalid => return class::no_unicode(fault.span()),
        ErrorKind::SpecialWordBoundaryUnclosed
        | ErrorKind::SpecialWordBoundaryUnrecognized
        | ErrorKind::SpecialWordOrRepetitionUnexpectedEof => (
            "this kind of word boundary is not portable",
            Some("write `\\b`"),
        ),
        _ => ("not a regex", None),
    };
    error(fault.span(), what, help)
}
