//! Engines behind a URL: a Kusto cluster or its emulator, an Elasticsearch.
//!
//! In: URLs from the command line, credentials from the environment. Out: engines that run beside the others. Guarantee: an engine is there only when its URL
//! is given; nothing is sent before the first comparison; credentials are sent to that URL alone, and only where nobody can read them on the way.

pub(crate) mod address;
pub(crate) mod credentials;
pub(crate) mod datatable;
pub(crate) mod elasticsearch;
pub(crate) mod http;
pub(crate) mod index;
pub(crate) mod kusto;
mod source;

use super::engine::Engine;
use crate::diag::{Code, Diagnostic};
use address::Address;
use credentials::{Credentials, Environment};
use std::time::Duration;

/// The database that the emulator has from the start (<https://learn.microsoft.com/azure/data-explorer/kusto-emulator-install>).
pub(crate) const DATABASE: &str = "NetDefaultDB";

/// Where live engines are.
#[derive(Clone, Debug)]
pub struct Live {
    /// Of Kusto.
    pub kusto: Option<String>,
    /// The database there.
    pub kusto_database: String,
    /// Of Elasticsearch.
    pub elasticsearch: Option<String>,
    /// How long an answer may take.
    pub patience: Duration,
}

impl Default for Live {
    fn default() -> Live {
        Live {
            kusto: None,
            kusto_database: DATABASE.to_owned(),
            elasticsearch: None,
            patience: Duration::from_secs(120),
        }
    }
}

impl Live {
    /// The engines whose URL is given.
    ///
    /// # Errors
    /// A URL that cannot be used, or credentials that may not be sent to it.
    pub fn engines(
        &self,
        environment: &Environment<'_>,
    ) -> Result<Vec<Box<dyn Engine>>, Vec<Diagnostic>> {
        let mut engines: Vec<Box<dyn Engine>> = Vec::new();
        let mut faults = Vec::new();
        let client = |url: &str, credentials: Result<Credentials, String>| {
            let credentials = credentials?;
            let address = Address::read(url, &credentials)?;
            http::Client::new(address, credentials, self.patience)
        };
        let fault = |option: &str, why: String| {
            Diagnostic::new(Code::E0670, format!("`{option}` cannot be used: {why}"))
        };
        if let Some(url) = &self.kusto {
            match client(url, Credentials::kusto(environment)) {
                Ok(client) => engines.push(Box::new(kusto::Kusto::new(
                    client,
                    self.kusto_database.clone(),
                ))),
                Err(why) => faults.push(fault("--kusto", why)),
            }
        }
        if let Some(url) = &self.elasticsearch {
            match client(url, Credentials::elasticsearch(environment)) {
                Ok(client) => engines.push(Box::new(elasticsearch::Elasticsearch::new(client))),
                Err(why) => faults.push(fault("--elasticsearch", why)),
            }
        }
        match faults.is_empty() {
            true => Ok(engines),
            false => Err(faults),
        }
    }

    /// Whether the URL of an engine of this name is given; engines that need none are.
    #[must_use]
    pub fn has(&self, engine: &str) -> bool {
        match engine {
            "kusto" => self.kusto.is_some(),
            "elasticsearch" => self.elasticsearch.is_some(),
            _ => true,
        }
    }
}
