//! Which indices an ES|QL text reads.
//!
//! In: a text, names and what stands for them. Out: the text over those. Guarantee: a text that reads anything else is refused, so that nothing of a user's is
//! read; only the names behind FROM change.
//!
//! FROM begins a query; its sources end at a pipe or at METADATA
//! (<https://www.elastic.co/docs/reference/query-languages/esql/commands/from>). Comments are `//` to the end of the line and `/* */`.

/// The text with its sources replaced.
///
/// # Errors
/// It does not begin with FROM, or reads something without a name here.
pub(super) fn over(text: &str, names: &[(String, String)]) -> Result<String, String> {
    let start = text.len() - code(text).len();
    let (head, rest) = text.split_at(start);
    let begins = rest
        .get(..4)
        .is_some_and(|word| word.eq_ignore_ascii_case("from"));
    let sources = rest.get(4..).filter(|_| begins);
    let sources = sources.filter(|rest| rest.starts_with(|c: char| c.is_whitespace()));
    let sources = sources.ok_or("the text does not begin with FROM")?;
    let end = sources.find(['|', '\n']).unwrap_or(sources.len());
    let (list, tail) = sources.split_at(end);
    let replaced: Result<Vec<&str>, String> = list
        .split(',')
        .map(|name| {
            let name = name.trim();
            let found = names.iter().find(|(own, _)| own == name);
            let found =
                found.ok_or(format!("the text reads `{name}`, which is not of the test"))?;
            Ok(found.1.as_str())
        })
        .collect();
    // A list that goes on in the next line would not be seen whole.
    match code(tail).chars().next() {
        None | Some('|') => Ok(format!("{head}FROM {}{tail}", replaced?.join(", "))),
        Some(_) => Err("the sources of the text are not in one line".to_owned()),
    }
}

/// What follows white space and comments.
fn code(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        rest = if let Some(comment) = rest.strip_prefix("//") {
            comment
                .find('\n')
                .and_then(|at| comment.get(at..))
                .unwrap_or("")
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, after)| after)
        } else {
            return rest;
        }
        .trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::over;

    fn names() -> Vec<(String, String)> {
        let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        vec![pair("event_rows", "own-1"), pair("summary_rows", "own-2")]
    }

    #[test]
    fn sources_change_and_nothing_else() {
        for (text, wanted) in [
            (
                "FROM event_rows\n| WHERE a == \"event_rows\"",
                "FROM own-1\n| WHERE a == \"event_rows\"",
            ),
            (
                "// FROM x\n/* | */ from event_rows, summary_rows | LIMIT 1",
                "// FROM x\n/* | */ FROM own-1, own-2| LIMIT 1",
            ),
            ("FROM event_rows", "FROM own-1"),
        ] {
            assert_eq!(over(text, &names()).as_deref(), Ok(wanted));
        }
    }

    #[test]
    fn what_reads_something_else_is_refused() {
        for text in [
            "FROM logs-*",
            "FROM event_rows, logs-*\n| LIMIT 1",
            "FROM event_rows,\n logs-* | LIMIT 1",
            "FROM event_rows\n , logs-* | LIMIT 1",
            "FROM event_rows // x\n, logs-*",
            "FROM event_rows METADATA _id",
            "FROM \"event_rows\"",
            "FROM",
            "FROMevent_rows",
            "ROW a = 1",
            "",
        ] {
            assert!(over(text, &names()).is_err(), "{text}");
        }
    }
}
