//! How one engine writes things: a folder of data under `templates/`, loaded, checked and rendered.
//!
//! In: `templates/<name>/` and the dialects of a rule repository. Out: [`Dialect`](loaded::Dialect), which fills patterns and steps, and [`Fragment`](fragment::Fragment)s,
//! the only form in which text leaves. Guarantee: nothing here knows a plan's steps or prints an expression; it imports no other module of the backend.
//!
//! [`dialects`] finds and merges the folders, [`mod@file`] and [`rules`] are `dialect.yaml` as written, [`signature`] says what it must hold, [`repository`] reads a
//! user's own. [`render`] fills patterns, [`quote`] writes names and literals, [`versions`] says which release has what a text uses.

pub(crate) mod dialects;
pub(crate) mod file;
pub(crate) mod fragment;
pub(crate) mod hidden;
pub(crate) mod loaded;
pub(crate) mod quote;
pub(crate) mod render;
pub(crate) mod repository;
pub(crate) mod rules;
pub(crate) mod signature;
pub(crate) mod versions;
