//! Lowering, seen from outside: wrong queries with what is said of them, right ones with the plan they give.

mod pages;
mod right;
mod series;
mod wrong;
