//! Fields that are close to one that a schema lacks.
//!
//! In: the name of a field. Out: names of mapped fields, the most specific first. Guarantee: what the schema's author named comes first and alone; without
//! that, fields of the same family (`dst.port` for `dst.app`) and of a similar name.

use super::ClassMapping;
use crate::diag::suggest;

/// At most this many are reported.
const MOST: usize = 5;

impl ClassMapping {
    /// The near fields that the schema has for one that it lacks, or that does not exist.
    #[must_use]
    pub fn near(&self, field: &str) -> Vec<String> {
        if let Some(absent) = self.absent.get(field)
            && !absent.near.is_empty()
        {
            return absent.near.clone();
        }
        let names: Vec<&str> = self.fields.keys().map(String::as_str).collect();
        let mut near = suggest::near(field, names.iter().copied(), 3);
        let family = field.rsplit_once('.').map_or("", |(head, _)| head);
        if !family.is_empty() {
            near.extend(names.iter().copied().filter(|name| {
                name.rsplit_once('.')
                    .is_some_and(|(head, _)| head == family)
            }));
        }
        let mut told: Vec<String> = Vec::new();
        for name in near {
            if told.len() < MOST && !told.iter().any(|known| known == name) {
                told.push(name.to_owned());
            }
        }
        told
    }
}
