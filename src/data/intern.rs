//! Equal texts of a column share one allocation: logs repeat names and addresses.

use crate::value::Value;
use std::collections::HashSet;
use std::sync::Arc;

/// Texts beyond this many are not remembered, so that a column of distinct values costs no second copy of itself.
const MOST: usize = 1 << 16;

#[derive(Default)]
pub(in crate::data) struct Texts {
    known: HashSet<Arc<str>>,
}

impl Texts {
    pub(super) fn value(&mut self, text: &str) -> Value {
        if text.is_empty() {
            return Value::Missing;
        }
        if let Some(known) = self.known.get(text) {
            return Value::Text(Arc::clone(known));
        }
        let made: Arc<str> = Arc::from(text);
        if self.known.len() < MOST {
            self.known.insert(Arc::clone(&made));
        }
        Value::Text(made)
    }
}
