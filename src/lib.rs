//! A compiler for threat hunts: one neutral hunt in; KQL, ES|QL and SQL out, with the same meaning.
//!
//! A [`Source`] is analysed by a [`Compiler`], resolved for a [`Target`], and emitted as a [`Query`]:
//!
//! ```
//! # fn main() -> Result<(), huntc::Diagnostics> {
//! let hunt = "
//! hunt: remote-shells
//! id: 5d1c8c60-3c2b-4b8e-9a51-6f3c2f0f4c11
//! version: 1.0.0
//! name: Shells that connect to public addresses
//! description: A shell seldom has a reason to.
//! severity: medium
//! attack: [T1059]
//! query: |
//!   from network_session within 24h
//!   | where process.name in~ [\"powershell.exe\", \"cmd.exe\"] and is_public(dst.ip)
//!   | group by device.name, process.name { connections = count() }
//! ";
//! let mut compiler = huntc::Compiler::new()?;
//! let target = compiler.target("defender", "{ backend: kql, schema: device_network_events, product: defender }")?;
//! let analysis = compiler.analyse(&huntc::Source::memory("remote-shells.yaml", hunt));
//! let query = analysis.resolve(&target)?.emit()?;
//! assert!(query.text.contains("DeviceNetworkEvents"));
//! # Ok(())
//! # }
//! ```
//!
//! The same analysis evaluates the hunt over events, without any platform: [`Analysis::evaluate`] is what each query must return.
//!
//! What is wrong with a hunt is a [`Diagnostic`] with a stable code and a place; [`Compiler::render`] shows it with the lines that it is about.
//!
//! # Features
//! `cli` (default) is the program with all its subcommands; it brings `verify` (queries run on engines) and `chart` (scored series as SVG). Without
//! default features the library compiles and evaluates hunts and starts no process and opens no connection. `live` adds https to `verify`.
//!
//! # Stability
//! What this page lists is the interface. The one module that it does not list, `internals`, is for the program's own tests alone and changes without
//! notice.

// What `internals` and this page do not name is `pub(crate)`.
#![cfg_attr(not(test), warn(unreachable_pub))]
// What the program alone uses is not an error in a build without it.
#![cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports))]
// What cannot be written must not be lost: `cli::terminal` alone writes to the standard streams.
#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr))]

pub use compiler::{
    Analysis, Compiler, Diagnostics, Foreign, FrontEnd, Imported, Query, Resolved, ResultColumn,
    Translation,
};
pub use config::Configured as Target;
pub use diag::{Code, Diagnostic, Fix, Label, Severity};
pub use eval::{Events, Output};
pub use model::Type;
pub use source::{Source, Span};
pub use value::{Row, Value};

#[cfg(feature = "cli")]
#[doc(hidden)]
pub use cli::main;

#[doc(hidden)]
pub mod internals;

mod source;

mod diag;

mod model;
mod value;

mod hunt;
mod syntax;

mod schema;

mod attack;
mod catalog;
mod lint;
mod plan;

mod backend;
mod net;
mod pattern;

mod eval;

mod data;

mod fixture;

#[cfg(feature = "chart")]
mod chart;
#[cfg(feature = "verify")]
use huntc_interp as interp;

mod compiler;
mod config;
mod driver;

mod artefact;

mod assess;
mod run;

#[cfg(feature = "verify")]
mod verify;

#[cfg(feature = "cli")]
mod cli;
