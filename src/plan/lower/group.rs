//! `group by … { … }` and its aggregates.

use super::super::{Aggregate, AggregateFunction, Column, Expr, StepKind, Type};
use super::scope::Slot;
use super::{Lowering, a, foreign, quoted};
use crate::diag::{Code, Diagnostic, suggest};
use crate::source::Span;
use crate::syntax::ast;

impl Lowering<'_> {
    pub(super) fn group(
        &mut self,
        keys: &[ast::OutputItem],
        aggregates: &[ast::AggregateItem],
        span: Span,
    ) -> Option<StepKind> {
        let mut slots: Vec<Slot> = Vec::new();
        let mut outputs = Vec::new();
        for item in keys {
            let (output, slot) = self.output(item, &slots, true);
            outputs.extend(output);
            slots.extend(slot);
        }
        let names: Vec<String> = slots.iter().map(|slot| slot.name.clone()).collect();
        // A schema may drop optional keys; a group without keys has a row even over nothing.
        let certain = keys.iter().any(|key| key.optional.is_none());
        self.pending = aggregates
            .iter()
            .map(|item| item.name.text.clone())
            .collect();
        let mut made = Vec::new();
        for item in aggregates {
            let aggregate = self.aggregate(item, certain);
            if let Some(slot) = self.aggregate_slot(item, aggregate.as_ref(), &slots) {
                slots.push(slot);
                made.extend(aggregate);
            }
        }
        self.pending.clear();
        let complete = outputs.len() == keys.len() && made.len() == aggregates.len();
        self.leave_behind();
        self.scope.close("group", span, slots);
        self.scope.keys = Some(names);
        self.scope.joined = false;
        complete.then_some(StepKind::Group {
            keys: outputs,
            aggregates: made,
        })
    }

    pub(super) fn aggregate_slot(
        &mut self,
        item: &ast::AggregateItem,
        made: Option<&Aggregate>,
        before: &[Slot],
    ) -> Option<Slot> {
        let slots = std::mem::replace(&mut self.scope.slots, before.to_vec());
        let named = self.new_name(&item.name);
        self.scope.slots = slots;
        named?;
        let value = made.map(|made| Expr {
            ty: made.ty.clone(),
            nullable: made.nullable,
            determined: made.function.is_determined(),
            ..Expr::predicate(super::super::ExprKind::Now, item.span)
        });
        Some(Slot::holding(
            &item.name.text,
            value.as_ref(),
            item.name.span,
        ))
    }

    pub(super) fn aggregate(
        &mut self,
        item: &ast::AggregateItem,
        has_keys: bool,
    ) -> Option<Aggregate> {
        let filter = item.filter.as_ref().map(|filter| self.condition(filter));
        let Some(function) = self.aggregate_function(item) else {
            self.examine(&item.arguments);
            return None;
        };
        let argument = self.aggregate_argument(item, function)?;
        let filter = match filter {
            Some(filter) => Some(filter?),
            None => None,
        };
        let of = argument.as_ref().map(|argument| argument.ty.clone());
        let ty = match function {
            AggregateFunction::Count | AggregateFunction::CountDistinct => Type::Int,
            AggregateFunction::Avg => Type::Float,
            AggregateFunction::Set(_) => Type::Set(Box::new(of?)),
            AggregateFunction::Sum
            | AggregateFunction::Min
            | AggregateFunction::Max
            | AggregateFunction::Any
            | AggregateFunction::Earliest
            | AggregateFunction::Latest => of?,
        };
        let never = matches!(
            function,
            AggregateFunction::Count
                | AggregateFunction::CountDistinct
                | AggregateFunction::Sum
                | AggregateFunction::Set(_)
        );
        // A group of a key has a row; that row's value is there unless it may be missing or the condition may leave it out.
        let nullable = !never
            && (argument.as_ref().is_none_or(|argument| argument.nullable)
                || filter.is_some()
                || !has_keys);
        Some(Aggregate {
            name: item.name.text.clone(),
            function,
            argument,
            filter,
            optional: item.optional.is_some(),
            ty,
            nullable,
            span: item.span,
        })
    }

    fn aggregate_function(&mut self, item: &ast::AggregateItem) -> Option<AggregateFunction> {
        let word = item.function.text.as_str();
        let Some(function) = known(word) else {
            if let Some(foreign) = self.foreign.get(&item.function.span) {
                return self.fail(foreign.clone());
            }
            let mut error = Diagnostic::at(
                Code::E0305,
                item.function.span,
                format!("there is no aggregate `{word}`"),
            )
            .label("not an aggregate");
            if crate::catalog::function(word).is_some() {
                error = error.help(format!("`{word}` is a function of one row: apply it to the argument, `n = count_distinct({word}(x))`, or in a `derive` after the group"));
            } else if let Some(advice) = foreign::function(word) {
                error = error.help(advice);
            } else if let Some(near) = suggest::nearest(word, aggregates()) {
                error = error.fix(
                    item.function.span,
                    near,
                    "an aggregate with a similar name exists",
                );
            }
            return self.fail(error.help(format!("aggregates: {}", quoted(&aggregates()))));
        };
        let (least, most) = match function {
            AggregateFunction::Count => (0, 0),
            AggregateFunction::Set(_) => (1, 2),
            _ => (1, 1),
        };
        if (least..=most).contains(&item.arguments.len()) {
            return match (function, item.arguments.get(1)) {
                (AggregateFunction::Set(_), Some(limit)) => Some(AggregateFunction::Set(Some(
                    self.whole_number(limit, "the limit of a set")?,
                ))),
                _ => Some(function),
            };
        }
        let error = Diagnostic::at(
            Code::E0415,
            item.span,
            format!(
                "`{word}` takes {}",
                match (least, most) {
                    (0, _) => "no argument",
                    (_, 1) => "one argument",
                    _ => "one argument and perhaps a limit",
                }
            ),
        );
        self.fail(match function {
            AggregateFunction::Count => error
                .label("`count()` counts rows")
                .help("rows that have a value are `count() where x exists`; different values are `count_distinct(x)`"),
            _ => error,
        })
    }

    fn aggregate_argument(
        &mut self,
        item: &ast::AggregateItem,
        function: AggregateFunction,
    ) -> Option<Option<Expr>> {
        let Some(argument) = item.arguments.first() else {
            return Some(None);
        };
        let value = self.expr(argument)?;
        if !value.determined {
            return self.undetermined(&value, "an aggregate");
        }
        let word = &item.function.text;
        let ty = &value.ty;
        let error = Diagnostic::at(
            Code::E0417,
            value.span,
            format!("`{word}` is not for {}", a(ty)),
        )
        .label(format!("this is {}", a(ty)));
        let numbers = matches!(ty, Type::Int | Type::Float);
        let fits = match function {
            AggregateFunction::Count => true,
            AggregateFunction::Sum | AggregateFunction::Avg => numbers,
            AggregateFunction::Min | AggregateFunction::Max => numbers || *ty == Type::Time,
            AggregateFunction::CountDistinct
            | AggregateFunction::Set(_)
            | AggregateFunction::Any
            | AggregateFunction::Earliest
            | AggregateFunction::Latest => !matches!(ty, Type::Set(_) | Type::Duration),
        };
        if !fits {
            return self.fail(match (function, ty) {
                (_, Type::Bool) => error.help(format!("rows for which a condition holds are counted by `{} = count() where …`", item.name.text)),
                (AggregateFunction::Min | AggregateFunction::Max, Type::Text) => {
                    error.help("text has no order that all platforms share; some value is `any(x)`, the newest row's is `latest(x)`")
                }
                (AggregateFunction::Sum | AggregateFunction::Avg, _) => error.help("sums and means are of ints and floats"),
                _ => error,
            });
        }
        if matches!(
            function,
            AggregateFunction::Earliest | AggregateFunction::Latest
        ) && !self.has_time()
        {
            return self.fail(
                Diagnostic::at(
                    Code::E0417,
                    item.span,
                    format!("`{word}` goes by the `time` of events, which is not at hand here"),
                )
                .label("no `time` at this step")
                .help("use it in the first group, or keep `time` in the `select` before"),
            );
        }
        Some(Some(value))
    }

    /// Whether the events' time is at hand.
    fn has_time(&self) -> bool {
        match self.scope.slot("time") {
            Some(slot) => {
                matches!(slot.column, Column::Field(_))
                    && slot.ty.as_ref().is_none_or(|ty| *ty == Type::Time)
            }
            None => {
                self.scope.open
                    && self
                        .class
                        .is_some_and(|class| class.fields.contains_key("time"))
            }
        }
    }
}

/// The aggregates of the language.
const AGGREGATES: [(&str, AggregateFunction); 10] = [
    ("count", AggregateFunction::Count),
    ("count_distinct", AggregateFunction::CountDistinct),
    ("sum", AggregateFunction::Sum),
    ("min", AggregateFunction::Min),
    ("max", AggregateFunction::Max),
    ("avg", AggregateFunction::Avg),
    ("set", AggregateFunction::Set(None)),
    ("any", AggregateFunction::Any),
    ("earliest", AggregateFunction::Earliest),
    ("latest", AggregateFunction::Latest),
];

/// Their names.
pub(super) fn aggregates() -> [&'static str; 10] {
    AGGREGATES.map(|(name, _)| name)
}

fn known(word: &str) -> Option<AggregateFunction> {
    AGGREGATES
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, function)| *function)
}
