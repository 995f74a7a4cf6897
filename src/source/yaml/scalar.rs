//! Scalars, and what a plain one is.
//!
//! In: a scalar as written. Out: [`Resolved`]. Guarantee: the core schema of YAML 1.2, read strictly: `yes`, `on` and `0x1f` are text, and what is between
//! quotes or in a block is always text.

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without marks.
    Plain,
    /// Between single or double quotes.
    Quoted,
    /// A block after `|`.
    Literal,
    /// A block after `>`.
    Folded,
}

/// A scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scalar {
    /// Its text, decoded; empty when nothing is written.
    pub text: String,
    /// How it is written.
    pub style: Style,
}

/// What a scalar means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Resolved<'a> {
    /// Nothing, `~` or `null`.
    Nothing,
    /// `true` or `false`.
    Bool(bool),
    /// A 64-bit integer in decimal.
    Int(i64),
    /// A finite decimal number.
    Float(f64),
    /// Everything else.
    Text(&'a str),
}

impl Scalar {
    /// A plain scalar.
    #[must_use]
    pub(crate) fn plain(text: &str) -> Self {
        Scalar {
            text: text.to_owned(),
            style: Style::Plain,
        }
    }

    /// What it means.
    #[must_use]
    pub(crate) fn resolved(&self) -> Resolved<'_> {
        let text = self.text.as_str();
        if self.style != Style::Plain {
            return Resolved::Text(text);
        }
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Resolved::Nothing,
            "true" | "True" | "TRUE" => return Resolved::Bool(true),
            "false" | "False" | "FALSE" => return Resolved::Bool(false),
            _ => {}
        }
        let number = text.strip_prefix(['-', '+']).unwrap_or(text);
        let digits = number.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && number
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
        if !digits {
            return Resolved::Text(text);
        }
        if let Ok(number) = text.parse::<i64>() {
            return Resolved::Int(number);
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() && text.contains(['.', 'e', 'E']) => {
                Resolved::Float(number)
            }
            _ => Resolved::Text(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_what_they_look_like_and_no_more() {
        let of = |text: &'static str| format!("{:?}", Scalar::plain(text).resolved());
        assert_eq!(of("443"), "Int(443)");
        assert_eq!(of("-5"), "Int(-5)");
        assert_eq!(of("1.5"), "Float(1.5)");
        assert_eq!(of("1e3"), "Float(1000.0)");
        assert_eq!(of("true"), "Bool(true)");
        assert_eq!(of("~"), "Nothing");
        for text in [
            "yes",
            "no",
            "on",
            "0x1f",
            "1.0.0",
            "24h",
            "10.0.0.0/8",
            "2001:db8::/32",
            ".",
            "-",
            "1_000",
            "99999999999999999999",
        ] {
            assert_eq!(of(text), format!("Text({text:?})"));
        }
        let quoted = Scalar {
            text: "443".to_owned(),
            style: Style::Quoted,
        };
        assert_eq!(quoted.resolved(), Resolved::Text("443"));
    }
}
