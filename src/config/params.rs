//! Values of parameters for this environment.
//!
//! In: the mapping under `params` and a hunt. Out: typed values. Guarantee: a value has the type that the hunt declares; what no hunt has is an error.

use super::Config;
use crate::diag::{Code, Diagnostic, suggest};
use crate::hunt::{self, Hunt};
use crate::source::Spanned;
use crate::source::yaml::Faults;
use crate::value::Value;
use std::collections::BTreeMap;

impl Config {
    /// The values for a hunt's parameters.
    ///
    /// # Errors
    /// Parameters that the hunt does not have, and values of another type or out of bounds.
    pub fn params(&self, hunt: &Hunt) -> Result<BTreeMap<String, Spanned<Value>>, Vec<Diagnostic>> {
        let mut faults = Faults::default();
        let mut values = BTreeMap::new();
        let own = self
            .params
            .iter()
            .find(|(slug, _)| slug.value == hunt.slug.value);
        let Some(map) =
            own.and_then(|(_, node)| faults.map(node, "a mapping from parameters to values"))
        else {
            return finish(values, faults);
        };
        for (name, node) in &map.entries {
            let Some(param) = hunt.params.get(&name.value) else {
                faults.push(unknown_param(hunt, name));
                continue;
            };
            if let Some(value) = hunt::value(param.ty, node, Code::E0605, &mut faults) {
                if let Err(why) = hunt::fits(param, &value.value) {
                    faults.push(
                        Diagnostic::at(
                            Code::E0605,
                            value.span,
                            format!("this value of `{}` {why}", name.value),
                        )
                        .also(param.name_span, "the hunt declares its bounds here"),
                    );
                }
                values.insert(name.value.clone(), value);
            }
        }
        finish(values, faults)
    }

    /// Errors for hunts under `params` that do not exist; `slugs` are all hunts of the repository.
    #[must_use]
    pub fn unknown_hunts(&self, slugs: &[&str]) -> Vec<Diagnostic> {
        let unknown = self
            .params
            .iter()
            .filter(|(slug, _)| !slugs.contains(&slug.value.as_str()));
        unknown
            .map(|(slug, _)| {
                let fault = Diagnostic::at(
                    Code::E0606,
                    slug.span,
                    format!("there is no hunt `{}`", slug.value),
                );
                match suggest::nearest(&slug.value, slugs.iter().copied()) {
                    Some(near) => fault.fix(slug.span, near, "a hunt with a similar name exists"),
                    None => fault.help(
                        "these values would change nothing; remove them, or name the hunt's folder",
                    ),
                }
            })
            .collect()
    }
}

fn unknown_param(hunt: &Hunt, name: &Spanned<String>) -> Diagnostic {
    let names: Vec<&str> = hunt.params.keys().map(String::as_str).collect();
    let fault = Diagnostic::at(
        Code::E0605,
        name.span,
        format!(
            "the hunt `{}` has no parameter `{}`",
            hunt.slug.value, name.value
        ),
    );
    match suggest::nearest(&name.value, names.iter().copied()) {
        Some(near) => fault.fix(name.span, near, "a parameter with a similar name exists"),
        None if names.is_empty() => fault.help("it has no parameters"),
        None => fault.help(format!("its parameters are {}", names.join(", "))),
    }
}

fn finish<T>(values: T, faults: Faults) -> Result<T, Vec<Diagnostic>> {
    if faults.all.is_empty() {
        Ok(values)
    } else {
        Err(faults.all)
    }
}
