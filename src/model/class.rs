//! Event classes: the neutral fields that a hunt speaks of.
//!
//! In: nothing. Out: [`Class`], [`Field`] and what is known of a field. Guarantee: nothing here knows a platform.

use super::Type;
use std::collections::BTreeMap;

/// An event class: `network_session`.
#[derive(Clone, Debug)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// What one row of it is, for people.
    pub says: String,
    /// The word of a closed set by which columns of platforms change places, where there is one.
    pub switch: Option<Switch>,
    /// Its fields, by name.
    pub fields: BTreeMap<String, Field>,
    /// The names of `fields` in the order of the file, which is the order for people.
    pub order: Vec<String>,
}

/// What changes the places of columns: in rows whose `direction` is `inbound`, the remote side is the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// A field with a closed set.
    pub field: String,
    /// The word of it; in mappings also the key of the other column.
    pub word: String,
}

/// A neutral field of an event class.
#[derive(Clone, Debug)]
pub struct Field {
    /// Dotted lower-case name.
    pub name: String,
    /// Its type; `Enum` carries its own name.
    pub ty: Type,
    /// Words of a closed set, in the order of the file; empty unless the type is `Enum`.
    pub words: Vec<String>,
    /// What each of `words` means, in the same order.
    pub meanings: Vec<String>,
    /// Whether an event may lack it.
    pub nullable: bool,
    /// Whether its case varies between sources (process names, paths, users), so that an exact test is doubtful.
    pub case_varies: bool,
    /// Whether it may hold several values.
    pub multi: bool,
    /// What its values are, where the type does not say it.
    pub role: Option<Role>,
    /// One sentence for people.
    pub says: String,
}

/// What the values of a field are, where its type does not say it. Lints judge constants by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A port of TCP or UDP; an int.
    Port,
    /// The name of a file, without its folder.
    FileName,
    /// A file with its folder.
    Path,
    /// The name of a host, or a domain.
    Host,
    /// An MD5: 32 hexadecimal digits.
    Md5,
    /// A SHA-1: 40 hexadecimal digits.
    Sha1,
    /// A SHA-256: 64 hexadecimal digits.
    Sha256,
    /// What names one thing for good: a process, a session, a device, an account.
    Identifier,
}

impl Role {
    /// Every role, by its word in the file of an event class.
    pub const ALL: [(&'static str, Role); 8] = [
        ("port", Role::Port),
        ("file_name", Role::FileName),
        ("path", Role::Path),
        ("host", Role::Host),
        ("md5", Role::Md5),
        ("sha1", Role::Sha1),
        ("sha256", Role::Sha256),
        ("identifier", Role::Identifier),
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        let named = Role::ALL.iter().find(|(_, role)| *role == self);
        named.map_or("", |(word, _)| word)
    }
}
