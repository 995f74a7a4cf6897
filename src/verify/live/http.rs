//! Requests to a live engine.
//!
//! In: a method, a path, a body. Out: what the server answers as JSON, or why not. Guarantee: no redirect is followed, an answer is waited for and read only so
//! far, nothing is asked twice, and what is reported about a failure holds no credentials.

use super::super::engine::Failure;
use super::address::Address;
use super::credentials::Credentials;
use serde_json::Value as Json;
use std::fmt;
use std::time::Duration;
use ureq::http::{Method, Request, Response, StatusCode};
use ureq::{Agent, Body};

/// How much of an answer is read. Kusto itself ends at 64 MB (<https://learn.microsoft.com/kusto/concepts/query-limits>).
const LARGEST: u64 = 64 << 20;

/// How many characters of a server's complaint are reported.
const TOLD: usize = 600;

/// How long the way to a server may take.
const CONNECT: Duration = Duration::from_secs(10);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nobody was reached: the request did nothing.
    Unreached(String),
    /// The server does not work as it should; what it did is not known.
    Broken(String),
    /// The server refuses what is asked, with its kind of error where it names one.
    Refused(String, String),
    /// The request or the answer is too large.
    TooLarge(String),
    /// The server does not let us in: the request did nothing.
    Denied(String),
    /// It is not there.
    Nothing(String),
    /// It cannot be compared here, which is no evidence about the query.
    Unfit(String),
}

impl Trouble {
    /// What is reported.
    #[must_use]
    pub(crate) fn text(&self) -> &str {
        match self {
            Trouble::Unreached(why)
            | Trouble::Broken(why)
            | Trouble::Refused(_, why)
            | Trouble::TooLarge(why)
            | Trouble::Denied(why)
            | Trouble::Nothing(why)
            | Trouble::Unfit(why) => why,
        }
    }

    /// Whether there is no use in asking for something else.
    #[must_use]
    pub(crate) fn lasts(&self) -> bool {
        !matches!(
            self,
            Trouble::Refused(..) | Trouble::TooLarge(_) | Trouble::Unfit(_)
        )
    }

    /// As an engine reports it: only the server's objections to the query are about the query.
    #[must_use]
    pub(crate) fn failure(&self) -> Failure {
        match self {
            Trouble::Refused(_, why) => Failure::Refused(why.clone()),
            Trouble::TooLarge(why) => Failure::Absent(format!("too large: {why}")),
            other => Failure::Absent(other.text().to_owned()),
        }
    }
}

/// A server and the right to ask it.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    address: Address,
    credentials: Credentials,
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Client({:?}, {:?})",
            self.address, self.credentials
        )
    }
}

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    /// The method.
    pub method: &'a str,
    /// The path and what belongs to it.
    pub path: &'a str,
    /// The body and its type.
    pub body: Option<(&'a str, &'a str)>,
    /// Other headers.
    pub headers: &'a [(&'a str, &'a str)],
}

impl Client {
    /// One for an address; `patience` is how long an answer may take.
    ///
    /// # Errors
    /// The settings of a proxy in the environment are malformed.
    pub(crate) fn new(
        address: Address,
        credentials: Credentials,
        patience: Duration,
    ) -> Result<Client, String> {
        let mut settings = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT.min(patience)))
            .timeout_global(Some(patience))
            .user_agent(concat!("huntc/", env!("CARGO_PKG_VERSION")));
        // What is not encrypted is not given to somebody to pass on.
        if !address.is_encrypted() {
            settings = settings.proxy(None);
        }
        #[cfg(feature = "live")]
        {
            use ureq::tls::{RootCerts, TlsConfig};
            let trusted = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
            settings = settings.tls_config(trusted.build());
        }
        Ok(Client {
            agent: settings.build().into(),
            address,
            credentials,
        })
    }

    /// Asks.
    ///
    /// # Errors
    /// There is no answer that says "done".
    pub(crate) fn ask(&self, question: &Question<'_>) -> Result<Json, Trouble> {
        let said = self
            .sent(question)
            .map_err(|error| self.failed(question, &error));
        let (status, body) = said?;
        self.read(question, status, &body)
    }

    fn sent(&self, question: &Question<'_>) -> Result<(StatusCode, Vec<u8>), ureq::Error> {
        let method = Method::from_bytes(question.method.as_bytes()).unwrap_or_default();
        let mut request = Request::builder()
            .method(method)
            .uri(self.address.url_of(question.path))
            .header("Accept", "application/json");
        if let Some(header) = self.credentials.header() {
            request = request.header("Authorization", header);
        }
        for (name, value) in question.headers {
            request = request.header(*name, *value);
        }
        let mut response: Response<Body> = match question.body {
            Some((kind, body)) => self
                .agent
                .run(request.header("Content-Type", kind).body(body)?)?,
            None => self.agent.run(request.body(())?)?,
        };
        let status = response.status();
        let body = response.body_mut().with_config().limit(LARGEST);
        Ok((status, body.read_to_vec()?))
    }

    /// Why nothing came back.
    fn failed(&self, question: &Question<'_>, error: &ureq::Error) -> Trouble {
        use std::io::ErrorKind;
        let told = self.told(question, &error.to_string());
        match error {
            ureq::Error::BodyExceedsLimit(_) => Trouble::TooLarge(self.told(
                question,
                &format!("the answer has more than {LARGEST} bytes"),
            )),
            ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed
            | ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                Trouble::Unreached(told)
            }
            ureq::Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => {
                Trouble::Unreached(told)
            }
            _ => Trouble::Broken(told),
        }
    }

    fn read(
        &self,
        question: &Question<'_>,
        status: StatusCode,
        body: &[u8],
    ) -> Result<Json, Trouble> {
        let json = serde_json::from_slice::<Json>(body);
        let code = status.as_u16();
        if status.is_success() {
            return json.map_err(|_| {
                Trouble::Broken(self.told(question, &format!("HTTP {code}, but no JSON")))
            });
        }
        let complaint = json.as_ref().ok().and_then(complaint);
        let why = complaint.unwrap_or_else(|| {
            let text = String::from_utf8_lossy(body);
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        });
        let told = |more: &str| {
            let joined = [format!("HTTP {code}"), more.to_owned(), why.clone()];
            let parts = joined.iter().filter(|part| !part.is_empty());
            self.told(question, &parts.cloned().collect::<Vec<_>>().join(": "))
        };
        Err(match code {
            400 => Trouble::Refused(
                json.as_ref().ok().and_then(kind).unwrap_or_default(),
                told(""),
            ),
            401 | 403 => Trouble::Denied(told(&format!(
                "the server does not let us in ({})",
                self.credentials.variables
            ))),
            404 => Trouble::Nothing(told("")),
            413 => Trouble::TooLarge(told("")),
            300..=399 => Trouble::Broken(told("a redirect, which is not followed")),
            _ => Trouble::Broken(told("")),
        })
    }

    /// A text for people: short, with the place, without credentials.
    fn told(&self, question: &Question<'_>, text: &str) -> String {
        let place = question.path.split('?').next().unwrap_or_default();
        // Hidden before it is cut: a part of a credential would not be recognised.
        let text = self.credentials.hidden(text);
        let mut cut: String = text.chars().take(TOLD).collect();
        if cut.len() < text.len() {
            cut.push_str(" ...");
        }
        format!("{} {}: {cut}", question.method, self.address.url_of(place))
    }

    /// A server's text, likewise.
    #[must_use]
    pub(crate) fn shown(&self, text: &str) -> String {
        self.credentials.hidden(text).chars().take(TOLD).collect()
    }
}

/// What a server says of an error: `error.@message` and `error.message` (Microsoft REST API guidelines), `error.reason` (Elasticsearch).
fn complaint(json: &Json) -> Option<String> {
    let error = json.get("error")?;
    let said = ["@message", "reason", "message"];
    let found = said.iter().find_map(|name| error.get(name)?.as_str());
    found.or(error.as_str()).map(str::to_owned)
}

/// The kind of an error: `error.type` (Elasticsearch), `error.code` (Kusto).
fn kind(json: &Json) -> Option<String> {
    let error = json.get("error")?;
    let found = ["type", "code"]
        .iter()
        .find_map(|name| error.get(name)?.as_str());
    found.map(str::to_owned)
}
