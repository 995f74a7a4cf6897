//! What must not be in an ES|QL text, because a rule of Elasticsearch's optimizer gives it another meaning: the table in docs/esql-rewrites.md.
//!
//! Reads the text itself, so that it sees what any part of the compiler wrote.

/// Every construct of the text that a rule of the table changes in meaning.
pub fn touched(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for name in ["TO_LOWER(", "TO_UPPER("] {
        for (at, _) in text.match_indices(name) {
            let Some(after) = closed(&text[at + name.len()..]) else {
                continue;
            };
            let rest = after.trim_start();
            let rest = rest.strip_prefix("NOT ").unwrap_or(rest);
            let call = &text[at..text.len() - after.len()];
            // Without letters there is nothing to fold.
            if let Some(pattern) = rest.strip_prefix("RLIKE ")
                && literal(pattern).chars().any(char::is_alphabetic)
            {
                found.push(format!("`{call}` directly under RLIKE"));
            }
            for operator in ["LIKE ", "== ", "!= "] {
                let Some(constant) = rest.strip_prefix(operator) else {
                    continue;
                };
                // The constants: to the end of one literal, or of the parentheses around several.
                let constants = match constant.strip_prefix('(') {
                    Some(list) => &list[..list.len() - closed(list).map_or(0, str::len)],
                    None if constant.starts_with('"') => literal(constant),
                    None => continue,
                };
                let cased = |c: char| !c.is_ascii() && (c.is_lowercase() || c.is_uppercase());
                if constants.chars().any(cased) {
                    found.push(format!(
                        "`{call}` beside {constants}, which has letters beyond ASCII"
                    ));
                }
            }
        }
    }
    // The empty text beside a field is null where an index reads empty texts so; then no time stands before nothing. (What an author writes himself,
    // as in `coalesce(f, "")`, is left to him.)
    for (at, _) in text.match_indices("(CONCAT(TO_STRING(") {
        let line = text[at..].lines().next().unwrap_or_default();
        if line.contains(r#", ""))"#) {
            found.push(format!("the empty text beside a field, in `{line}`"));
        }
    }
    for alone in [r#"LIKE "*""#, r#"RLIKE ".*""#] {
        if text.contains(alone) {
            found.push(format!("`{alone}`, which asks for presence only"));
        }
    }
    found
}

/// What comes after the parenthesis that closes one opened before the text.
fn closed(text: &str) -> Option<&str> {
    let (mut depth, mut at) = (1_usize, 0);
    while let Some(c) = text[at..].chars().next() {
        match c {
            '"' => {
                at += literal(&text[at..]).len();
                continue;
            }
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        at += c.len_utf8();
        if depth == 0 {
            return Some(&text[at..]);
        }
    }
    None
}

/// The literal that the text begins with, quotes included.
fn literal(text: &str) -> &str {
    if let Some(raw) = text.strip_prefix("\"\"\"") {
        return raw.find("\"\"\"").map_or(text, |end| &text[..end + 6]);
    }
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return &text[..=at],
            _ => {}
        }
    }
    text
}
