//! What the grammar expected, in words.
//!
//! In: the rules pest would have accepted. Out: a short list for people. Guarantee: every rule has words (the match is exhaustive), and rules that mean
//! the same to an author are said once.

use super::grammar::Rule;

/// The words of one rule.
pub(super) fn words(rule: Rule) -> &'static str {
    match rule {
        Rule::expression
        | Rule::or_operand
        | Rule::and_operand
        | Rule::comparison
        | Rule::sum
        | Rule::product
        | Rule::negation
        | Rule::tested
        | Rule::primary
        | Rule::parenthesised
        | Rule::case
        | Rule::reference_or_lookup
        | Rule::boolean
        | Rule::now
        | Rule::string
        | Rule::number
        | Rule::name_or_call
        | Rule::argument
        | Rule::reference
        | Rule::kw_case
        | Rule::minus
        | Rule::sort_item
        | Rule::expression_only => "a value",
        Rule::list => "a list",
        Rule::compare_tail
        | Rule::between_tail
        | Rule::in_tail
        | Rule::in_cidr_tail
        | Rule::text_tail
        | Rule::matches_tail
        | Rule::compare_op
        | Rule::in_op
        | Rule::text_op
        | Rule::add_op
        | Rule::multiply_op
        | Rule::kw_or
        | Rule::kw_between
        | Rule::kw_in_cidr
        | Rule::kw_matches
        | Rule::kw_exists
        | Rule::kw_is => "an operator",
        Rule::kw_and => "`and`",
        Rule::kw_not => "`not`",
        Rule::kw_missing => "`missing`",
        Rule::kw_else => "`else`",
        Rule::name | Rule::part | Rule::letter | Rule::more | Rule::keyword => "a name",
        Rule::assignment => "`name = value`",
        Rule::output_item | Rule::group_keys => "a column",
        Rule::aggregate_item => "an aggregate, as in `n = count()`",
        Rule::group_block => "`{ … }` with aggregates",
        Rule::regex => "a regex, as in `/^a+$/`",
        Rule::case_arm => "`condition -> value`",
        Rule::escape => "an escape",
        Rule::unit => "a unit of time",
        Rule::assign => "`=`",
        Rule::arrow => "`->`",
        Rule::bar => "`|` and the next step",
        Rule::comma => "`,`",
        Rule::open_paren => "`(`",
        Rule::close_paren => "`)`",
        Rule::open_bracket => "`[`",
        Rule::close_bracket => "`]`",
        Rule::open_brace => "`{`",
        Rule::close_brace => "`}`",
        Rule::kw_from | Rule::from_step | Rule::first_step_only | Rule::query => "`from`",
        Rule::kw_within => "`within`",
        Rule::kw_optional => "`optional`",
        Rule::kw_by => "`by`",
        Rule::kw_desc => "`desc`",
        Rule::kw_where => "`where`",
        Rule::kw_every => "`every`",
        Rule::kw_over => "`over`",
        Rule::kw_as => "`as`",
        Rule::kw_on => "`on`",
        Rule::kw_trend | Rule::trend => "`trend`",
        Rule::kw_season | Rule::season => "`season`",
        Rule::kw_series
        | Rule::kw_anomaly
        | Rule::kw_join
        | Rule::series_step
        | Rule::anomaly_step
        | Rule::join_step
        | Rule::kw_derive
        | Rule::kw_select
        | Rule::kw_group
        | Rule::kw_sort
        | Rule::kw_top
        | Rule::kw_rare
        | Rule::kw_enrich
        | Rule::later_step
        | Rule::where_step
        | Rule::derive_step
        | Rule::select_step
        | Rule::group_step
        | Rule::sort_step
        | Rule::top_step
        | Rule::enrich_step
        | Rule::later_step_only => "a step",
        Rule::EOI => "the end",
        Rule::WHITESPACE | Rule::COMMENT => "a space",
    }
}

/// Whether a value may begin where this was expected.
pub(super) fn begins_value(rule: Rule) -> bool {
    matches!(words(rule), "a value" | "a list" | "a column")
}

/// `a name or a value`; `end` says what the end of the text is here.
pub(super) fn expected(rules: &[Rule], end: &'static str) -> String {
    let mut all: Vec<&str> = Vec::new();
    let value = rules.iter().any(|rule| begins_value(*rule));
    for rule in rules {
        let word = match words(*rule) {
            "a space" => continue,
            // Where any value is allowed, these are only some of the ways to begin one.
            "a list" | "a name" | "`(`" | "`not`" | "`optional`"
                if value && !matches!(rule, Rule::close_paren) =>
            {
                continue;
            }
            "the end" => end,
            word => word,
        };
        if !all.contains(&word) {
            all.push(word);
        }
    }
    // The many ways to go on come late and as one, the end comes last.
    if all.contains(&"an operator") {
        all.retain(|word| !matches!(*word, "`and`" | "`not`" | "`(`" | "`[`"));
    }
    all.sort_by_key(|word| match *word {
        "an operator" => 1,
        word if word == end => 2,
        _ => 0,
    });
    match all.split_last() {
        None => "something else".to_owned(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}
