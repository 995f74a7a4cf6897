//! Examples of functions: `lower("A") -> "a"`.
//!
//! In: one line of grammar/functions.yaml. Out: typed arguments and the result. Guarantee: the number of arguments and every type fit the signature.

use super::{Accepts, Function, Parameter, Returns};
use crate::model::Type;
use crate::value::{Value, parse_duration};

/// One example, typed by the signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// As written.
    pub text: String,
    /// The arguments.
    pub arguments: Vec<Argument>,
    /// What the call gives.
    pub result: Value,
    /// Its type.
    pub ty: Type,
}

/// One argument of an example.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The value; [`Value::Missing`] for `missing`, and for a regex.
    pub value: Value,
    /// Its type.
    pub ty: Type,
    /// Whether the parameter requires a constant, so that a test may not put the value in a column.
    pub literal: bool,
    /// What is between the slashes, for a regex, with `\/` made `/`.
    pub regex: Option<String>,
}

enum Token {
    Missing,
    Bool(bool),
    Number(String),
    Text(String),
    Duration(i64),
    Regex(String),
    List(Vec<Token>),
}

pub(super) fn read(line: &str, function: &Function) -> Result<Example, String> {
    let mut scan = Scan { rest: line };
    scan.take(&function.name)?;
    scan.take("(")?;
    let mut tokens = Vec::new();
    while !scan.eat(")") {
        if !tokens.is_empty() {
            scan.take(",")?;
        }
        tokens.push(scan.token()?);
    }
    scan.take("->")?;
    let result = scan.token()?;
    if !scan.rest.trim().is_empty() {
        return Err(format!("`{}` is left over", scan.rest));
    }
    if tokens.len() < function.least || function.most.is_some_and(|most| tokens.len() > most) {
        return Err("wrong number of arguments".to_owned());
    }
    let mut arguments: Vec<Argument> = tokens
        .iter()
        .enumerate()
        .map(|(at, token)| {
            let parameter = function.parameter(at).ok_or("too many arguments")?;
            argument(token, parameter)
        })
        .collect::<Result<_, String>>()?;
    let ty = match &function.returns {
        Returns::Type(ty) => ty.clone(),
        Returns::Same => {
            // A missing argument has the type of its neighbours.
            let shared = arguments
                .iter()
                .find(|a| !a.value.is_missing())
                .map_or(Type::Text, |a| a.ty.clone());
            for argument in &mut arguments {
                argument.ty = shared.clone();
            }
            shared
        }
    };
    let result = value(&result, &ty).ok_or("the result has another type")?;
    Ok(Example {
        text: line.to_owned(),
        arguments,
        result,
        ty,
    })
}

fn argument(token: &Token, parameter: &Parameter) -> Result<Argument, String> {
    let made = |value, ty, regex| Argument {
        value,
        ty,
        literal: parameter.literal,
        regex,
    };
    for accepts in &parameter.accepts {
        match (accepts, token) {
            (Accepts::Regex, Token::Regex(source)) => {
                return Ok(made(Value::Missing, Type::Text, Some(source.clone())));
            }
            (Accepts::Set, Token::List(items)) => {
                let mut values = items
                    .iter()
                    .map(|item| value(item, &Type::Text))
                    .collect::<Option<Vec<_>>>()
                    .ok_or("sets in examples hold text")?;
                values.sort_by(crate::value::order::compare);
                return Ok(made(
                    Value::Set(values),
                    Type::Set(Box::new(Type::Text)),
                    None,
                ));
            }
            _ => {
                if let Some(ty) = accepts.ty()
                    && let Some(value) = value(token, &ty)
                {
                    return Ok(made(value, ty, None));
                }
            }
        }
    }
    Err(format!("argument `{}` has another type", parameter.name))
}

fn value(token: &Token, ty: &Type) -> Option<Value> {
    Some(match (token, ty) {
        (Token::Missing, _) => Value::Missing,
        (Token::Bool(b), Type::Bool) => Value::Bool(*b),
        (Token::Number(n), Type::Int) => Value::Int(n.parse().ok()?),
        (Token::Number(n), Type::Float) if n.contains('.') => Value::float(n.parse().ok()?),
        (Token::Text(text), Type::Text | Type::Ip) => Value::text(text),
        (Token::Text(text), Type::Time) => {
            Value::Time(text.parse::<jiff::Timestamp>().ok()?.as_millisecond())
        }
        (Token::Duration(d), Type::Duration) => Value::Duration(*d),
        _ => return None,
    })
}

/// A reader of one line.
struct Scan<'a> {
    rest: &'a str,
}

impl<'a> Scan<'a> {
    fn eat(&mut self, word: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(word) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn take(&mut self, word: &str) -> Result<(), String> {
        if self.eat(word) {
            Ok(())
        } else {
            Err(format!("`{word}` expected before `{}`", self.rest))
        }
    }

    fn token(&mut self) -> Result<Token, String> {
        self.rest = self.rest.trim_start();
        let wrong = || format!("not a value: `{}`", self.rest);
        match self.rest.chars().next().ok_or("a value is lacking")? {
            '"' => {
                let quoted = self.until('"').ok_or("a text does not end")?;
                serde_json::from_str(&format!("\"{quoted}\""))
                    .map(Token::Text)
                    .map_err(|error| error.to_string())
            }
            '/' => self
                .until('/')
                .map(|s| Token::Regex(s.replace("\\/", "/")))
                .ok_or_else(|| "a regex does not end".to_owned()),
            '[' => {
                self.take("[")?;
                let mut items = Vec::new();
                while !self.eat("]") {
                    if !items.is_empty() {
                        self.take(",")?;
                    }
                    items.push(self.token()?);
                }
                Ok(Token::List(items))
            }
            _ => {
                let end = self
                    .rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'))
                    .unwrap_or(self.rest.len());
                let word = self.rest.get(..end).unwrap_or_default();
                let token = match word {
                    "missing" => Token::Missing,
                    "true" => Token::Bool(true),
                    "false" => Token::Bool(false),
                    _ if word.parse::<f64>().is_ok() => Token::Number(word.to_owned()),
                    _ => Token::Duration(parse_duration(word).ok_or_else(wrong)?),
                };
                self.rest = self.rest.get(end..).unwrap_or_default();
                Ok(token)
            }
        }
    }

    /// What is between two delimiters, escapes kept.
    fn until(&mut self, delimiter: char) -> Option<&'a str> {
        let body = self.rest.get(1..)?;
        let mut escaped = false;
        for (at, c) in body.char_indices() {
            if escaped {
                escaped = false;
            } else if c == '\\' {
                escaped = true;
            } else if c == delimiter {
                self.rest = body.get(at + 1..)?;
                return body.get(..at);
            }
        }
        None
    }
}
