//! Credentials for a live engine.
//!
//! In: environment variables. Out: the value of the `Authorization` header. Guarantee: it is never printed: not by `Debug`, not in an error, not where a server
//! says it back.
//!
//! Kusto takes `Bearer` and a token of Microsoft Entra (<https://learn.microsoft.com/kusto/api/rest/authentication>); Elasticsearch takes `ApiKey` and the
//! encoded key, or `Basic` (<https://www.elastic.co/docs/api/doc/elasticsearch/authentication>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// Reads a variable.
pub(crate) type Environment<'a> = dyn Fn(&str) -> Option<String> + 'a;

const TOKEN: &str = "HUNTC_KUSTO_TOKEN";
const KEY: &str = "HUNTC_ELASTICSEARCH_API_KEY";
const USER: &str = "HUNTC_ELASTICSEARCH_USER";
const PASSWORD: &str = "HUNTC_ELASTICSEARCH_PASSWORD";

/// Credentials, or none.
#[derive(Clone, Default)]
pub(crate) struct Credentials {
    header: Option<String>,
    /// What must not be seen.
    secrets: Vec<String>,
    /// The variables that they are read from.
    pub variables: &'static str,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.header.is_some() {
            "some"
        } else {
            "none"
        };
        formatter.write_str(&format!("Credentials({what})"))
    }
}

impl Credentials {
    /// Those for Kusto.
    ///
    /// # Errors
    /// The token cannot be sent in a header.
    pub(crate) fn kusto(environment: &Environment<'_>) -> Result<Credentials, String> {
        let mut own = Credentials {
            variables: TOKEN,
            ..Credentials::default()
        };
        if let Some(token) = given(environment, TOKEN)? {
            own.header = Some(format!("Bearer {token}"));
            own.secrets.push(token);
        }
        Ok(own)
    }

    /// Those for Elasticsearch.
    ///
    /// # Errors
    /// Two kinds of them, half of them, or such as cannot be sent in a header.
    pub(crate) fn elasticsearch(environment: &Environment<'_>) -> Result<Credentials, String> {
        let mut own = Credentials {
            variables: "HUNTC_ELASTICSEARCH_API_KEY, or _USER and _PASSWORD",
            ..Credentials::default()
        };
        let key = given(environment, KEY)?;
        // A password may have any character: it is sent encoded.
        let (user, password) = (environment(USER), environment(PASSWORD));
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        match (key, filled(user), filled(password)) {
            (None, None, None) => {}
            (Some(key), None, None) => {
                own.header = Some(format!("ApiKey {key}"));
                own.secrets.push(key);
            }
            (None, Some(user), Some(_)) if user.contains(':') => {
                return Err(format!("a user's name has no colon ({USER})"));
            }
            (None, Some(user), Some(password)) => {
                let encoded = STANDARD.encode(format!("{user}:{password}"));
                own.header = Some(format!("Basic {encoded}"));
                own.secrets.extend([encoded, password]);
            }
            (None, ..) => return Err(format!("{USER} and {PASSWORD} belong together")),
            (Some(_), ..) => {
                return Err(format!(
                    "{KEY} is set, and {USER} or {PASSWORD} too: which is meant?"
                ));
            }
        }
        Ok(own)
    }

    /// The value of `Authorization`.
    #[must_use]
    pub(crate) fn header(&self) -> Option<&str> {
        self.header.as_deref()
    }

    /// A text in which they cannot be read.
    #[must_use]
    pub(crate) fn hidden(&self, text: &str) -> String {
        // The longest first, so that no part of one is left.
        let mut secrets: Vec<&String> = self.secrets.iter().collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let hide = |text: String, secret: &&String| text.replace(secret.as_str(), "***");
        secrets.iter().fold(text.to_owned(), hide)
    }
}

/// A variable that is set to something that a header can carry.
fn given(environment: &Environment<'_>, name: &str) -> Result<Option<String>, String> {
    let Some(value) = environment(name) else {
        return Ok(None);
    };
    let value = value.trim();
    match value.chars().all(|c| c.is_ascii_graphic()) {
        _ if value.is_empty() => Ok(None),
        true => Ok(Some(value.to_owned())),
        false => Err(format!("{name} has characters that no header carries")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<Credentials, String> {
        let environment = |name: &str| {
            let mut all = pairs.iter();
            let found = all.find(|(own, _)| *own == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Credentials::elasticsearch(&environment)
    }

    #[test]
    fn a_header_of_each_kind() {
        let key = of(&[(KEY, "a2V5OnNlY3JldA==\n")]).unwrap();
        assert_eq!(key.header(), Some("ApiKey a2V5OnNlY3JldA=="));
        let basic = of(&[(USER, "ana"), (PASSWORD, "pä:ss")]).unwrap();
        assert_eq!(basic.header(), Some("Basic YW5hOnDDpDpzcw=="));
        assert_eq!(of(&[(KEY, "")]).unwrap().header(), None);
        let bearer = Credentials::kusto(&|_| Some("eyJ0".to_owned())).unwrap();
        assert_eq!(bearer.header(), Some("Bearer eyJ0"));
    }

    #[test]
    fn what_is_ambiguous_is_refused_and_nothing_is_shown() {
        for pairs in [
            &[(USER, "ana")][..],
            &[(PASSWORD, "geheim")],
            &[(KEY, "geheim"), (USER, "ana"), (PASSWORD, "geheim")],
            &[(KEY, "ge\r\nheim: x")],
            &[(USER, "a:b"), (PASSWORD, "geheim")],
        ] {
            let why = of(pairs).unwrap_err();
            assert!(!why.contains("geheim") && !why.contains("heim: x"), "{why}");
        }
        let basic = of(&[(USER, "ana"), (PASSWORD, "geheim")]).unwrap();
        assert!(!format!("{basic:?}").contains("geheim"));
        let said = format!("you said geheim and {}", basic.header().unwrap());
        assert_eq!(basic.hidden(&said), "you said *** and Basic ***");
    }
}
