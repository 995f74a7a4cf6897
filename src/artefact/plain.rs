//! `plain`: the query's text and nothing else, in a file with the ending of its language.

use super::{Format, fill};
use crate::compiler::Query;

const TEMPLATE: &str = include_str!("../../templates/artefacts/plain/query.j2");

/// The text as it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain;

impl Format for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn extension<'a>(&self, query: &'a str) -> &'a str {
        query
    }

    fn render(&self, query: &Query) -> Result<String, minijinja::Error> {
        fill(TEMPLATE, query)
    }
}
