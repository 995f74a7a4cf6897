//! The steps but `group`.

use super::super::{Column, Expr, ExprKind, Output, SortKey, StepKind, Type, present};
use super::literals::is_literal;
use super::scope::Slot;
use super::{Lowering, a};
use crate::diag::{Code, Diagnostic, suggest};
use crate::source::Span;
use crate::syntax::ast;
use crate::value::Value;

/// Platform look-ups of `enrich`.
pub(super) const LOOKUPS: &[&str] = &["geo_country"];

impl Lowering<'_> {
    /// One step; `None` when it could not be made, with its columns in scope all the same.
    pub(super) fn step(&mut self, step: &ast::Step) -> Option<StepKind> {
        match &step.kind {
            ast::StepKind::From { within, .. } => self.window(within.as_ref()),
            ast::StepKind::Where {
                optional,
                predicate,
            } => {
                let predicate = self.condition(predicate)?;
                let optional = optional.is_some();
                if !optional {
                    // A schema may drop an optional condition, so nothing can be known from it.
                    self.scope
                        .present
                        .extend(present::present_after(&predicate));
                }
                Some(StepKind::Where {
                    predicate,
                    optional,
                })
            }
            ast::StepKind::Derive { columns } => self.derive(columns),
            ast::StepKind::Select { columns } => self.select(columns, step.span),
            ast::StepKind::Group { keys, aggregates } => self.group(keys, aggregates, step.span),
            ast::StepKind::Series {
                measure,
                every,
                over,
                keys,
            } => self.series(measure, every, over, keys, step.span),
            ast::StepKind::Anomaly {
                series,
                trend,
                season,
                score,
                baseline,
            } => self.anomaly(
                series,
                trend.as_ref(),
                season.as_ref(),
                score,
                baseline,
                step.span,
            ),
            ast::StepKind::Join { table, alias, on } => self.join(table, alias, on, step.span),
            ast::StepKind::Sort { keys } => self.sort(keys),
            ast::StepKind::Top { rare, count, by } => self.top(*rare, count, by, step.span),
            ast::StepKind::Enrich {
                name,
                function,
                argument,
                optional,
            } => self.enrich(name, function, argument, optional.is_some()),
        }
    }

    fn window(&mut self, within: Option<&ast::Expr>) -> Option<StepKind> {
        let Some(within) = within else {
            return Some(StepKind::From {
                within: None,
                param: None,
                before_now: false,
            });
        };
        let typed = self.expr(within)?;
        let (ms, param) = match &typed.kind {
            ExprKind::Literal {
                value: Value::Duration(ms),
                param,
            } => (*ms, param.clone()),
            ExprKind::Literal { .. } => return self.mismatch(&typed, &Type::Duration),
            _ => {
                return self.fail(
                    Diagnostic::at(Code::E0423, within.span, "the lookback is a constant")
                        .help("a duration such as `24h`, or a parameter: `within $lookback`"),
                );
            }
        };
        if ms <= 0 {
            return self.fail(
                Diagnostic::at(
                    Code::E0422,
                    within.span,
                    "the lookback is longer than nothing",
                )
                .label("no event lies in this window"),
            );
        }
        self.scope.lookback = Some((ms, within.span));
        Some(StepKind::From {
            within: Some(ms),
            param,
            before_now: false,
        })
    }

    fn derive(&mut self, columns: &[ast::Assignment]) -> Option<StepKind> {
        let mut made = Vec::new();
        for column in columns {
            let named = self.new_name(&column.name);
            let value = self
                .column_value(&column.value)
                .and_then(|value| self.storable(value, true));
            // A name that is taken stays what it was.
            if named.is_none() {
                continue;
            }
            self.scope.slots.push(Slot::holding(
                &column.name.text,
                value.as_ref(),
                column.name.span,
            ));
            if let Some(value) = value {
                made.push((column.name.text.clone(), value));
            }
        }
        (made.len() == columns.len()).then_some(StepKind::Derive { columns: made })
    }

    /// A value that can be a column; sets only where `sets`.
    pub(super) fn storable(&mut self, value: Expr, sets: bool) -> Option<Expr> {
        match value.ty {
            Type::Duration => self.fail(
                Diagnostic::at(Code::E0425, value.span, "a duration cannot be a column")
                    .label("a duration")
                    .help("platforms have no common form for it; compare it where it is needed: `last_seen - first_seen > 1h`"),
            ),
            Type::Set(_) if !sets => self.fail(
                Diagnostic::at(Code::E0425, value.span, "a set can only be output")
                    .label("a set")
                    .help("`size(x)` is its number of elements"),
            ),
            _ => Some(value),
        }
    }

    /// A column of `select` or a key of `group`: its output and the slot it leaves. `taken` are the slots made before it.
    pub(super) fn output(
        &mut self,
        item: &ast::OutputItem,
        taken: &[Slot],
        key: bool,
    ) -> (Option<Output>, Option<Slot>) {
        let value = match &item.value.kind {
            ast::ExprKind::Name(name) if !key && item.name.is_none() => self.name(name, item.value.span, true),
            ast::ExprKind::Name(name) if key && self.several_named(name) => {
                self.fail(
                    Diagnostic::at(Code::E0413, item.value.span, format!("`{name}` may hold several values, so it cannot be a key"))
                        .label("several values in one event")
                        .help("make one column per value that matters: `derive is_start = activity == \"start\"`"),
                )
            }
            _ if key => self.expr(&item.value),
            _ => self.column_value(&item.value),
        };
        let value = value.and_then(|value| self.storable(value, !key));
        let value = match value {
            Some(value) if key && !value.determined => self.undetermined(&value, "a key"),
            other => other,
        };
        let (name, span) = match (&item.name, &item.value.kind) {
            (Some(name), _) => (name.text.clone(), name.span),
            (None, ast::ExprKind::Name(name)) if self.is_joined(name) => {
                let plain = name.replace('.', "_");
                self.fail::<()>(
                    Diagnostic::at(
                        Code::E0310,
                        item.value.span,
                        "a column of a table needs a name",
                    )
                    .label("platforms do not agree on names with a dot")
                    .fix(
                        item.value.span,
                        format!("{plain} = {name}"),
                        "a name of your own",
                    ),
                );
                return (None, None);
            }
            (None, ast::ExprKind::Name(name)) => (name.clone(), item.value.span),
            (None, _) => {
                self.fail::<()>(
                    Diagnostic::at(
                        Code::E0310,
                        item.value.span,
                        "a computed column needs a name",
                    )
                    .help("write `name = …`"),
                );
                return (None, None);
            }
        };
        if let Some(before) = taken
            .iter()
            .find(|slot| slot.name.eq_ignore_ascii_case(&name))
        {
            let place = before.span;
            self.twice::<()>(&name, span, place);
            return (None, None);
        }
        let passes = matches!(&item.value.kind, ast::ExprKind::Name(of) if *of == name);
        if let (Some(given), false) = (&item.name, passes)
            && self.fresh_name(given).is_none()
        {
            return (None, None);
        }
        let mut slot = Slot::holding(&name, value.as_ref(), span);
        if let Some(ExprKind::Column(column)) = value.as_ref().map(|value| &value.kind) {
            slot.multi = value.as_ref().is_some_and(|value| self.is_several(value));
            if passes && let Column::Field(_) = column {
                slot.column = column.clone();
            }
        }
        let output = value.map(|value| Output {
            name,
            value,
            optional: item.optional.is_some(),
        });
        (output, Some(slot))
    }

    /// Whether a name is that of a joined table's column.
    fn is_joined(&self, name: &str) -> bool {
        self.scope
            .slot(name)
            .is_some_and(|slot| slot.name != slot.column.name() && slot.name.contains('.'))
    }

    fn several_named(&self, name: &str) -> bool {
        match self.scope.slot(name) {
            Some(slot) => slot.multi,
            None => {
                self.scope.open
                    && self
                        .class
                        .and_then(|class| class.fields.get(name))
                        .is_some_and(|field| field.multi)
            }
        }
    }

    /// A name in a step whose columns replace all others: earlier computed columns are not in its way.
    fn fresh_name(&mut self, name: &ast::Name) -> Option<()> {
        let slots = std::mem::take(&mut self.scope.slots);
        let fine = self.new_name(name);
        self.scope.slots = slots;
        fine
    }

    fn select(&mut self, columns: &[ast::OutputItem], span: Span) -> Option<StepKind> {
        let mut slots: Vec<Slot> = Vec::new();
        let mut outputs = Vec::new();
        for item in columns {
            let (output, slot) = self.output(item, &slots, false);
            outputs.extend(output);
            slots.extend(slot);
        }
        let complete = outputs.len() == columns.len();
        self.scope.rename_keys(&outputs);
        self.leave_behind();
        self.scope.close("select", span, slots);
        complete.then_some(StepKind::Select { columns: outputs })
    }

    /// Remembers the names that a step is about to drop.
    pub(super) fn leave_behind(&mut self) {
        let names: Vec<String> = self
            .scope
            .slots
            .iter()
            .map(|slot| slot.name.clone())
            .collect();
        self.scope.behind.extend(names);
    }

    fn sort(&mut self, keys: &[ast::SortItem]) -> Option<StepKind> {
        let mut made = Vec::new();
        for key in keys {
            let Some(value) = self.expr(&key.value) else {
                continue;
            };
            let Some(value) = self.storable(value, false) else {
                continue;
            };
            if !value.determined {
                self.undetermined::<()>(&value, "a sort");
                continue;
            }
            if is_literal(&value) {
                self.fail::<()>(
                    Diagnostic::at(Code::E0425, value.span, "a constant orders nothing")
                        .label("the same for every row")
                        .help("sort by a column"),
                );
                continue;
            }
            made.push(SortKey {
                value,
                descending: key.descending,
            });
        }
        (made.len() == keys.len()).then_some(StepKind::Sort { keys: made })
    }

    fn top(
        &mut self,
        rare: bool,
        count: &ast::Expr,
        by: &ast::Expr,
        span: Span,
    ) -> Option<StepKind> {
        let count = self.whole_number(count, "the number of rows");
        let by = self.expr(by)?;
        if !matches!(by.ty, Type::Int | Type::Float | Type::Time) {
            let word = if rare { "rare" } else { "top" };
            return self.fail(
                Diagnostic::at(
                    Code::E0403,
                    by.span,
                    format!("`{word}` ranks by an int, a float or a time"),
                )
                .label(format!("this is {}", a(&by.ty)))
                .help("count first, `group by … { n = count() }`, then rank by `n`"),
            );
        }
        if !by.determined {
            return self.undetermined(&by, "a ranking");
        }
        self.scope.present.extend(present::needed(&by));
        let mut ties = self.ties(span);
        // What ranks cannot break a tie.
        ties.retain(|tie| super::super::show::expr(tie) != super::super::show::expr(&by));
        let loose = self.scope.cut(span, self.class);
        Some(StepKind::Top {
            count: count?,
            rare,
            by,
            ties,
            loose,
        })
    }

    /// What breaks ties: the keys of the nearest group while they are all there, else every determined column of one value.
    fn ties(&self, span: Span) -> Vec<Expr> {
        if !self.scope.joined
            && let Some(keys) = self.scope.keys_at_hand()
        {
            let read = |slot: &Slot| self.scope.column_value(slot, span);
            if let Some(found) = keys.into_iter().map(read).collect() {
                return found;
            }
        }
        let fields = self.class.filter(|_| self.scope.open).map(|class| {
            class
                .fields
                .values()
                .filter(|field| !field.multi)
                .map(|field| self.scope.read_field(field, span))
        });
        let slots = self
            .scope
            .slots
            .iter()
            .filter(|slot| !slot.multi)
            .filter_map(|slot| self.scope.column_value(slot, span));
        fields
            .into_iter()
            .flatten()
            .chain(slots)
            .filter(|value| value.determined && !matches!(value.ty, Type::Set(_) | Type::Duration))
            .collect()
    }

    /// A constant whole number of at least 1.
    pub(super) fn whole_number(&mut self, expr: &ast::Expr, what: &str) -> Option<u64> {
        let typed = self.expr(expr)?;
        match &typed.kind {
            ExprKind::Literal {
                value: Value::Int(n),
                ..
            } => match u64::try_from(*n) {
                Ok(n) if n > 0 => Some(n),
                _ => self.fail(
                    Diagnostic::at(Code::E0422, expr.span, format!("{what} is at least 1"))
                        .label("nothing would be left"),
                ),
            },
            ExprKind::Literal { .. } => self.mismatch(&typed, &Type::Int),
            _ => self.fail(
                Diagnostic::at(Code::E0423, expr.span, format!("{what} is a constant"))
                    .label("not a constant")
                    .help("a number, or a parameter of type int"),
            ),
        }
    }

    fn enrich(
        &mut self,
        name: &ast::Name,
        function: &ast::Name,
        argument: &ast::Expr,
        optional: bool,
    ) -> Option<StepKind> {
        let known = LOOKUPS.contains(&function.text.as_str());
        if !known {
            let mut error = Diagnostic::at(
                Code::E0314,
                function.span,
                format!("there is no look-up `{}`", function.text),
            );
            if crate::catalog::function(&function.text).is_some() {
                error = error.help(format!(
                    "`{}` is a function: `derive {} = {}(…)`",
                    function.text, name.text, function.text
                ));
            } else if let Some(near) = suggest::nearest(&function.text, LOOKUPS.iter().copied()) {
                error = error.fix(function.span, near, "a look-up with a similar name exists");
            }
            self.fail::<()>(error.help(format!("look-ups: {}", super::quoted(LOOKUPS))));
        }
        let argument = self
            .column_value(argument)
            .and_then(|value| self.coerce(value, &Type::Ip));
        let named = self.new_name(name);
        let looked_up = Expr {
            ty: Type::Text,
            nullable: true,
            determined: false,
            ..Expr::predicate(ExprKind::Now, name.span)
        };
        if named.is_some() {
            self.scope
                .slots
                .push(Slot::holding(&name.text, Some(&looked_up), name.span));
        }
        (known && named.is_some()).then_some(())?;
        Some(StepKind::Enrich {
            name: name.text.clone(),
            function: function.text.clone(),
            argument: argument?,
            optional,
        })
    }
}
