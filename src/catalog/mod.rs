//! The functions of the language: what each takes, what it gives, and examples.
//!
//! In: grammar/functions.yaml, embedded. Out: [`function`] by name, with its [`Parameter`]s. Guarantee: every function has a sentence and examples,
//! the examples have the types of the signature, and they are the tests of every executor.

mod examples;
mod load;

pub use examples::Example;
pub(crate) use load::LoadError;

use crate::model::Type;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name: `lower`.
    pub name: String,
    /// What it takes, in order.
    pub parameters: Vec<Parameter>,
    /// Fewest arguments.
    pub least: usize,
    /// Most arguments; `None` when the last parameter is repeated without end.
    pub most: Option<usize>,
    /// What it gives.
    pub returns: Returns,
    /// When the result is missing.
    pub missing: MissingRule,
    /// Its semantics in a sentence or two.
    pub says: String,
    /// Examples.
    pub examples: Vec<Example>,
}

/// One parameter of a function.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name: `text`.
    pub name: String,
    /// Types it accepts.
    pub accepts: Vec<Accepts>,
    /// Whether it must be a constant.
    pub literal: bool,
}

/// What a parameter accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepts {
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `float`
    Float,
    /// `string`
    Text,
    /// `time`
    Time,
    /// `duration`
    Duration,
    /// `ip`
    Ip,
    /// a set of any type
    Set,
    /// a regex literal
    Regex,
}

impl Accepts {
    /// Whether a value of the type is accepted.
    #[must_use]
    pub fn takes(self, ty: &Type) -> bool {
        match self {
            Accepts::Set => matches!(ty, Type::Set(_)),
            Accepts::Regex => false,
            _ => self.ty().as_ref() == Some(ty),
        }
    }

    /// The one type accepted, where it is one.
    #[must_use]
    pub fn ty(self) -> Option<Type> {
        Some(match self {
            Accepts::Bool => Type::Bool,
            Accepts::Int => Type::Int,
            Accepts::Float => Type::Float,
            Accepts::Text => Type::Text,
            Accepts::Time => Type::Time,
            Accepts::Duration => Type::Duration,
            Accepts::Ip => Type::Ip,
            Accepts::Set | Accepts::Regex => return None,
        })
    }

    /// The word in grammar/functions.yaml and in messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Accepts::Bool => "bool",
            Accepts::Int => "int",
            Accepts::Float => "float",
            Accepts::Text => "string",
            Accepts::Time => "time",
            Accepts::Duration => "duration",
            Accepts::Ip => "ip",
            Accepts::Set => "set",
            Accepts::Regex => "regex",
        }
    }
}

/// What a function gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Returns {
    /// A type.
    Type(Type),
    /// The type that all arguments share.
    Same,
}

/// When a result is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingRule {
    /// When an argument is, and only then.
    Propagates,
    /// When an argument is, and in cases of the function's own.
    Partial,
    /// Only when every argument is.
    Fallback,
    /// Never: a predicate, false when an argument is missing.
    False,
    /// Never, nor is the argument.
    Never,
}

impl Function {
    /// The parameter at a position, the last one repeated where there is no end.
    #[must_use]
    pub fn parameter(&self, at: usize) -> Option<&Parameter> {
        if self.most.is_none() {
            self.parameters.get(at).or_else(|| self.parameters.last())
        } else {
            self.parameters.get(at)
        }
    }

    /// The signature as people read it: `substring(text: string, start: int, length: int optional) -> string`.
    #[must_use]
    pub fn signature(&self) -> String {
        let parameters: Vec<String> = self
            .parameters
            .iter()
            .enumerate()
            .map(|(at, parameter)| {
                let words: Vec<&str> = parameter.accepts.iter().map(|a| a.word()).collect();
                let literal = if parameter.literal { "literal " } else { "" };
                let after = if self.most.is_none() && at + 1 == self.parameters.len() {
                    ", …"
                } else if at >= self.least {
                    " optional"
                } else {
                    ""
                };
                format!("{}: {literal}{}{after}", parameter.name, words.join(" | "))
            })
            .collect();
        let returns = match &self.returns {
            Returns::Type(ty) => ty.to_string(),
            Returns::Same => "the same type".to_owned(),
        };
        format!("{}({}) -> {returns}", self.name, parameters.join(", "))
    }
}

static FUNCTIONS: LazyLock<Result<BTreeMap<String, Function>, LoadError>> =
    LazyLock::new(|| load::load(include_str!("../../grammar/functions.yaml")));

/// Every function, in alphabetical order. Empty only if the embedded file were wrong, which a test rules out.
pub fn functions() -> impl Iterator<Item = &'static Function> {
    FUNCTIONS
        .as_ref()
        .ok()
        .into_iter()
        .flat_map(BTreeMap::values)
}

/// The function of that name.
#[must_use]
pub(crate) fn function(name: &str) -> Option<&'static Function> {
    FUNCTIONS.as_ref().ok()?.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn the_embedded_file_loads() {
        if let Err(error) = FUNCTIONS.as_ref() {
            panic!("{error}");
        }
        let names: Vec<&str> = functions().map(|f| f.name.as_str()).collect();
        for wanted in [
            "bin",
            "coalesce",
            "concat",
            "extract",
            "float",
            "int",
            "ip",
            "is_ipv4",
            "is_ipv6",
            "is_private",
            "is_public",
            "length",
            "lower",
            "replace",
            "size",
            "string",
            "substring",
            "upper",
        ] {
            assert!(names.contains(&wanted), "{wanted} is not in {names:?}");
        }
    }

    #[test]
    fn every_function_shows_what_missing_does() {
        for function in functions() {
            assert!(!function.examples.is_empty(), "{}", function.name);
            let missing = function
                .examples
                .iter()
                .any(|e| e.arguments.iter().any(|a| a.value == Value::Missing));
            let wanted =
                !matches!(function.missing, MissingRule::Never) && function.name != "string";
            assert!(
                missing || !wanted,
                "{} has no example with `missing`",
                function.name
            );
        }
    }

    #[test]
    fn signatures_read_well() {
        assert_eq!(
            function("substring").unwrap().signature(),
            "substring(text: string, start: literal int, length: literal int optional) -> string"
        );
        assert_eq!(
            function("concat").unwrap().signature(),
            "concat(part: string, …) -> string"
        );
        assert_eq!(
            function("extract").unwrap().signature(),
            "extract(text: string, pattern: regex) -> string"
        );
    }

    #[test]
    fn examples_are_read() {
        let bin = function("bin").unwrap();
        let first = bin.examples.first().unwrap();
        assert_eq!(first.arguments[0].value, Value::Time(1_715_953_031_000));
        assert_eq!(first.arguments[1].value, Value::Duration(3_600_000));
        assert_eq!(first.result, Value::Time(1_715_950_800_000));
        let size = function("size").unwrap();
        assert_eq!(
            size.examples.first().unwrap().arguments[0].value,
            Value::Set(vec![Value::text("a"), Value::text("b")])
        );
        let extract = function("extract").unwrap();
        assert_eq!(
            extract.examples.first().unwrap().arguments[1]
                .regex
                .as_deref(),
            Some("://([a-z.]+)")
        );
    }
}
