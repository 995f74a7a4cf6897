//! The report in the form that CI systems read: JUnit's XML.
//!
//! In: a report. Out: a document: a suite for each hunt, a test for each target and engine; how strong the evidence is stands in the suite's properties, and
//! what became of broken texts in the test's output. Promise: what did not run is skipped, never passed; any text is escaped, and characters that XML cannot
//! hold are replaced.

use super::{HuntReport, Report, Verdict, matrix};

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
        text.push_str(&properties(hunt));
        hunt.cells
            .iter()
            .for_each(|verdict| text.push_str(&test(&hunt.slug, verdict)));
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>");
    text
}

/// On what the comparisons rest.
fn properties(hunt: &HuntReport) -> String {
    let mut told = vec![
        ("fixtures", hunt.fixtures),
        ("generated events", hunt.generated),
    ];
    // Without made events nobody looked.
    if hunt.generated > 0 {
        told.extend([
            ("conditions", hunt.coverage.conditions.len()),
            ("conditions decided", hunt.coverage.covered()),
        ]);
    }
    let mutants: Vec<_> = (hunt.cells.iter())
        .filter_map(|verdict| verdict.mutants.as_ref())
        .collect();
    if !mutants.is_empty() {
        let survivors = || mutants.iter().flat_map(|mutants| &mutants.survivors);
        let explained = survivors().filter(|one| one.why.is_some()).count();
        told.extend([
            (
                "broken texts noticed",
                mutants.iter().map(|mutants| mutants.caught).sum(),
            ),
            ("broken texts that cannot be noticed", explained),
            ("broken texts not noticed", survivors().count() - explained),
        ]);
    }
    let each = told
        .iter()
        .map(|(name, value)| format!("      <property name=\"{name}\" value=\"{value}\"/>\n"));
    let each: String = each.collect();
    format!("    <properties>\n{each}    </properties>\n")
}

fn test(hunt: &str, verdict: &Verdict) -> String {
    let name = format!("{} on {}", verdict.target, verdict.engine);
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\"",
        escaped(hunt),
        escaped(&name)
    );
    let output = matrix::broken(hunt, verdict).map_or_else(String::new, |told| {
        format!("<system-out>{}</system-out>", escaped(told.trim_end()))
    });
    let inner = match matrix::word(verdict) {
        "equal" if output.is_empty() => return format!("{head}/>\n"),
        "equal" => String::new(),
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
    format!("{head}>{inner}{output}</testcase>\n")
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
