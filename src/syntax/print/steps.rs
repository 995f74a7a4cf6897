//! Steps as tokens and places where lines may break.
//!
//! In: steps. Out: [`Doc`]s. Guarantee: a match over all steps, so that a new one is printed before it compiles.

use super::super::ast::{AggregateItem, Assignment, Name, OutputItem, Query, SortItem, StepKind};
use super::expressions::{Printer, separated};
use super::layout::{Doc, group, token};

/// Collects the parts of a step: words with spaces between them.
struct Words(Vec<Doc>);

impl Words {
    fn word(&mut self, word: &str) -> &mut Self {
        self.doc(token(word))
    }

    fn doc(&mut self, doc: Doc) -> &mut Self {
        self.0.push(Doc::Space);
        self.0.push(doc);
        self
    }

    /// Without a space before it.
    fn beside(&mut self, doc: Doc) -> &mut Self {
        self.0.push(doc);
        self
    }
}

impl Printer<'_> {
    /// A query: a step per line.
    pub(super) fn query(&self, query: &Query) -> Vec<Doc> {
        let mut docs = Vec::new();
        for (index, step) in query.steps.iter().enumerate() {
            if index > 0 {
                docs.extend([Doc::Hard, token("|"), Doc::Space]);
            }
            docs.push(self.step(&step.kind));
        }
        docs
    }

    fn step(&self, kind: &StepKind) -> Doc {
        let mut rest = Words(Vec::new());
        let word = match kind {
            StepKind::From { class, within } => {
                rest.word(&class.text);
                if let Some(within) = within {
                    rest.word("within").doc(self.expression(within));
                }
                "from"
            }
            StepKind::Where {
                optional,
                predicate,
            } => {
                if optional.is_some() {
                    rest.word("optional");
                }
                rest.doc(self.expression(predicate));
                "where"
            }
            StepKind::Derive { columns } => {
                rest.beside(self.assignments(columns));
                "derive"
            }
            StepKind::Select { columns } => {
                let items = separated(columns.iter().map(|item| self.output_item(item)));
                let items = vec![Doc::Line, Doc::Fill(items), Doc::Comma];
                rest.beside(Doc::Indent(items));
                "select"
            }
            StepKind::Group { keys, aggregates } => {
                if !keys.is_empty() {
                    rest.word("by").doc(self.keys(keys));
                }
                if !aggregates.is_empty() {
                    rest.word("{").beside(self.aggregates(aggregates));
                }
                "group"
            }
            StepKind::Sort { keys } => {
                let items = separated(keys.iter().map(|item| self.sort_item(item)));
                rest.doc(group(vec![Doc::Indent(vec![Doc::Fill(items)])]));
                "sort"
            }
            StepKind::Top { rare, count, by } => {
                let count = self.expression(count);
                rest.doc(count).word("by").doc(self.expression(by));
                if *rare { "rare" } else { "top" }
            }
            StepKind::Series {
                measure,
                every,
                over,
                keys,
            } => {
                rest.doc(self.aggregate(measure, 0));
                rest.word("every").doc(self.expression(every));
                rest.word("over").doc(self.expression(over));
                if !keys.is_empty() {
                    let keys = vec![Doc::Line, token("by"), Doc::Space, self.keys(keys)];
                    rest.beside(Doc::Indent(keys));
                }
                "series"
            }
            StepKind::Anomaly {
                series,
                trend,
                season,
                score,
                baseline,
            } => {
                rest.word(&series.text);
                if let Some(trend) = trend {
                    rest.word("trend").word(&trend.text);
                }
                if let Some(season) = season {
                    rest.word("season").doc(self.expression(season));
                }
                rest.word("as").word(&score.text).beside(token(","));
                rest.word(&baseline.text);
                "anomaly"
            }
            StepKind::Join { table, alias, on } => {
                rest.word(&format!("${}", table.text));
                rest.word("as").word(&alias.text);
                let on = vec![Doc::Line, token("on"), Doc::Space, self.expression(on)];
                rest.beside(Doc::Indent(on));
                "join"
            }
            StepKind::Enrich {
                name,
                function,
                argument,
                optional,
            } => {
                rest.word(&name.text).word("=");
                rest.doc(self.call(function, std::slice::from_ref(argument)));
                if optional.is_some() {
                    rest.word("optional");
                }
                "enrich"
            }
        };
        group(vec![token(word), Doc::Indent(rest.0)])
    }

    /// Columns of `derive`: a single one follows the word, several have a line each if one line is not enough.
    fn assignments(&self, columns: &[Assignment]) -> Doc {
        let width = widest(columns.iter().map(|column| &column.name));
        let one = |column: &Assignment| {
            let value = self.expression(&column.value);
            let more = width.saturating_sub(column.name.text.len());
            let name = token(&column.name.text);
            Doc::All(vec![name, Doc::Align(more), token("="), Doc::Space, value])
        };
        if let [only] = columns {
            return Doc::All(vec![Doc::Space, one(only)]);
        }
        let mut items = vec![Doc::Line];
        items.extend(separated(columns.iter().map(one)));
        items.push(Doc::Comma);
        Doc::Indent(items)
    }

    /// Keys of a group or a series.
    fn keys(&self, keys: &[OutputItem]) -> Doc {
        let items = separated(keys.iter().map(|item| self.output_item(item)));
        group(vec![Doc::Indent(vec![Doc::Fill(items)])])
    }

    fn output_item(&self, item: &OutputItem) -> Doc {
        let mut parts = Vec::new();
        if let Some(name) = &item.name {
            parts.extend([token(&name.text), Doc::Space, token("="), Doc::Space]);
        }
        parts.push(self.expression(&item.value));
        if item.optional.is_some() {
            parts.extend([Doc::Space, token("optional")]);
        }
        Doc::All(parts)
    }

    fn sort_item(&self, item: &SortItem) -> Doc {
        let mut parts = vec![self.expression(&item.value)];
        if item.descending {
            parts.extend([Doc::Space, token("desc")]);
        }
        Doc::All(parts)
    }

    /// The aggregates of a group after the opening brace: a line each.
    fn aggregates(&self, aggregates: &[AggregateItem]) -> Doc {
        let width = widest(aggregates.iter().map(|aggregate| &aggregate.name));
        let mut items = Vec::new();
        for (index, aggregate) in aggregates.iter().enumerate() {
            if index > 0 {
                items.push(token(","));
            }
            items.push(Doc::Hard);
            items.push(self.aggregate(aggregate, width));
        }
        items.push(Doc::Comma);
        Doc::All(vec![Doc::Indent(items), Doc::Hard, token("}")])
    }

    /// An aggregate whose name is made as wide as `width`.
    fn aggregate(&self, item: &AggregateItem, width: usize) -> Doc {
        let more = width.saturating_sub(item.name.text.len());
        let mut parts = vec![
            token(&item.name.text),
            Doc::Align(more),
            token("="),
            Doc::Space,
            self.call(&item.function, &item.arguments),
        ];
        if let Some(filter) = &item.filter {
            parts.extend([Doc::Space, token("where"), Doc::Space]);
            parts.push(self.expression(filter));
        }
        if item.optional.is_some() {
            parts.extend([Doc::Space, token("optional")]);
        }
        Doc::All(parts)
    }
}

/// The length of the longest name; they are ASCII.
fn widest<'a>(names: impl Iterator<Item = &'a Name>) -> usize {
    names.map(|name| name.text.len()).max().unwrap_or(0)
}
