//! The schemas, their expressions typed as those of hunts are.
//!
//! In: the files of `schemas/` that the binary carries, and perhaps a user's folder. Out: [`Library`], or every finding in every file. Guarantee: an expression of
//! a mapping means what it means in a hunt: [`lower_expression`] types both.

use super::lower_expression;
use crate::diag::Diagnostic;
use crate::schema::Library;
use crate::schema::load::{FOLDER, load};
use crate::source::Files;
use std::path::Path;

/// Reads the schemas that the binary carries.
///
/// # Errors
/// Every finding in them; there is none in a release, as a test reads them all.
pub fn embedded(files: &mut Files) -> Result<Library, Vec<Diagnostic>> {
    load(None, lower_expression, files)
}

/// Reads the schemas that the binary carries together with those under `root`.
///
/// # Errors
/// Every finding in them.
pub fn overlay(root: &Path, files: &mut Files) -> Result<Library, Vec<Diagnostic>> {
    load(Some(root), lower_expression, files)
}

/// The schemas for a rule repository: those that the binary carries, and those of its folder `schemas`, where there is one.
///
/// # Errors
/// Every finding in them.
pub(crate) fn repository(root: &Path, files: &mut Files) -> Result<Library, Vec<Diagnostic>> {
    let folder = root.join(FOLDER);
    match folder.is_dir() {
        true => overlay(&folder, files),
        false => embedded(files),
    }
}
