//! What the stages share: the types of the language, typed expressions, event classes, columns of platforms.
//!
//! In: nothing. Out: the words in which the catalog of functions, the schemas and the plan speak of values. Guarantee: nothing here knows a stage, so none of
//! these leans on another for a word.

mod class;
pub(crate) mod expr;
mod types;

pub use class::{Class, Role};
pub(crate) use class::{Field, Switch};
pub use expr::{ArithmeticOp, Column, Comparison, Expr, ExprKind, NativeColumn, TextTest};
pub use types::Type;
