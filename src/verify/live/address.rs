//! The URL of a live engine.
//!
//! In: text, credentials. Out: an address. Guarantee: it holds no credentials itself, since a command line is seen by others; credentials go over plain http
//! to this machine only.

use super::credentials::Credentials;
use std::fmt;
use std::net::IpAddr;
use ureq::http::Uri;

/// An address: scheme, host, perhaps a port and a path.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address {
    base: String,
    encrypted: bool,
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.base)
    }
}

impl Address {
    /// Reads a URL. What is wrong is reported without the URL: it may hold a password.
    ///
    /// # Errors
    /// It is none, has credentials in it, or these credentials may not be sent to it.
    pub(crate) fn read(url: &str, credentials: &Credentials) -> Result<Address, String> {
        let uri: Uri = url.trim().parse().map_err(|_| "it is no URL".to_owned())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err("it is no URL: `https://host` or `http://localhost:8080`".to_owned());
        };
        if authority.as_str().contains('@') {
            return Err(format!(
                "a user or a password in a URL is seen by others; set {}",
                credentials.variables
            ));
        }
        if uri.query().is_some() || url.contains('#') {
            return Err("it ends with the host, or a path".to_owned());
        }
        let encrypted = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err("it begins with `https://`, or with `http://`".to_owned()),
        };
        if encrypted && !cfg!(feature = "live") {
            return Err(
                "this huntc was built without https; `cargo install --path . --features live` builds it with"
                    .to_owned(),
            );
        }
        if !encrypted && credentials.header().is_some() && !is_loopback(authority.host()) {
            return Err(format!(
                "over http everybody on the way reads the credentials ({}); use https, or unset them",
                credentials.variables
            ));
        }
        let path = uri.path().trim_end_matches('/');
        Ok(Address {
            base: format!("{scheme}://{authority}{path}"),
            encrypted,
        })
    }

    /// The URL of something there.
    #[must_use]
    pub(crate) fn url_of(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Whether what is sent is encrypted.
    #[must_use]
    pub(crate) fn is_encrypted(&self) -> bool {
        self.encrypted
    }
}

/// Whether a host is this machine, as it is written; names are not looked up.
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Credentials {
        Credentials::kusto(&|_| Some("geheim".to_owned())).unwrap()
    }

    #[test]
    fn credentials_stay_on_the_machine_without_https() {
        for url in [
            "http://localhost:8080",
            "http://127.0.0.1:9200/",
            "http://127.8.9.1",
            "http://[::1]:8080/es/",
        ] {
            assert!(Address::read(url, &secret()).is_ok(), "{url}");
        }
        for url in [
            "http://kusto.example",
            "http://localhost.example:8080",
            "http://127.0.0.1.example",
            "http://128.0.0.1",
            "http://[::2]",
            "http://2130706433",
        ] {
            let why = Address::read(url, &secret()).unwrap_err();
            assert!(why.contains("use https"), "{url}: {why}");
            assert!(Address::read(url, &Credentials::default()).is_ok(), "{url}");
        }
    }

    #[test]
    fn what_is_no_plain_url_is_refused_and_not_shown() {
        for url in [
            "localhost:8080",
            "/v2/rest",
            "ftp://localhost",
            "http://ana:geheim@localhost:8080",
            "http://geheim@localhost",
            "https://ana:geheim@kusto.example",
            "http://localhost/?key=geheim",
            "http://localhost/#geheim",
            "http://local host",
            "",
        ] {
            let why = Address::read(url, &Credentials::default()).unwrap_err();
            assert!(!why.contains("geheim"), "{why}");
        }
        let path = Address::read("http://[::1]:8080/es/", &secret()).unwrap();
        assert_eq!(path.url_of("/_query"), "http://[::1]:8080/es/_query");
    }

    #[test]
    fn https_is_there_where_it_was_built() {
        let found = Address::read("https://kusto.example", &secret());
        match cfg!(feature = "live") {
            true => assert!(found.unwrap().is_encrypted()),
            false => assert!(found.unwrap_err().contains("--features live")),
        }
    }
}
