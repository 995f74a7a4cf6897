//! Text to tree.
//!
//! In: the bytes of a query inside its file. Out: [`ast::Query`]. Promise: nothing is resolved or typed here, and every node has its place.

pub mod ast;
