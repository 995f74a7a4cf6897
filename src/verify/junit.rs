//! The report in the form that CI systems read: JUnit's XML.
//!
//! In: a report. Out: a document: a suite for each hunt, a test for each target and engine. Promise: what did not run is skipped, never passed; any text is
//! escaped, and characters that XML cannot hold are replaced.

use super::{Report, Verdict, matrix};

/// The document.
#[must_use]
pub fn document(report: &Report) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for hunt in &report.hunts {
        let count = |word: &str| {
            let verdicts = hunt.cells.iter();
            verdicts
                .filter(|verdict| matrix::word(verdict) == word)
                .count()
        };
        text.push_str(&format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n",
            escaped(&hunt.slug),
            hunt.cells.len(),
            count("differs"),
            hunt.cells.len() - count("differs") - count("equal"),
        ));
        hunt.cells
            .iter()
            .for_each(|verdict| text.push_str(&test(&hunt.slug, verdict)));
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>");
    text
}

fn test(hunt: &str, verdict: &Verdict) -> String {
    let name = format!("{} on {}", verdict.target, verdict.engine);
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\"",
        escaped(hunt),
        escaped(&name)
    );
    let inner = match matrix::word(verdict) {
        "equal" => return format!("{head}/>\n"),
        "differs" => {
            let each = verdict.differences.iter();
            let told: Vec<String> = each
                .map(|difference| {
                    let least = difference.least.as_ref().map(|least| {
                        let over = format!("over {} of its rows", least.count);
                        format!("\n{over}:\n{}\n{}", least.rows.trim_end(), least.what)
                    });
                    let least = least.unwrap_or_default();
                    format!("{}\n{}{least}", difference.case, difference.what)
                })
                .collect();
            let message = escaped(&matrix::cell(verdict));
            let told = escaped(&told.join("\n"));
            format!("<failure message=\"{message}\">{told}</failure>")
        }
        word => {
            let why = verdict.absent.as_ref().or(verdict.unfit.as_ref());
            let why = why.map_or(String::new(), |why| format!(": {why}"));
            format!(
                "<skipped message=\"{}\"/>",
                escaped(&format!("{word}{why}"))
            )
        }
    };
    format!("{head}>{inner}</testcase>\n")
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            '\n' => safe.push_str("&#10;"),
            '\t' => safe.push(letter),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {
                safe.push('\u{fffd}');
            }
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn no_text_ends_an_attribute() {
        assert_eq!(
            escaped("a\"<b>&\u{1}\n"),
            "a&quot;&lt;b&gt;&amp;\u{fffd}&#10;"
        );
    }
}
