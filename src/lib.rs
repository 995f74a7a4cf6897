#![doc = include_str!("../ARCHITECTURE.md")]
// What cannot be written must not be lost: `cli::terminal` alone writes to the standard streams.
#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr))]

pub mod source;

pub mod diag;

pub mod value;

pub mod hunt;
pub mod syntax;

pub mod schema;

pub mod attack;
pub mod catalog;
pub mod lint;
pub mod plan;

pub mod backend;
pub mod net;
pub mod pattern;

pub mod eval;

pub mod data;

pub mod fixture;

pub mod chart;
pub use huntc_interp as interp;

pub mod config;
pub mod driver;

mod compile;
pub use compile::{Fitted, Params, Understood, compile, fit, origin, understand};

pub mod judge;

pub mod verify;

pub mod cli;
