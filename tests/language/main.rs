//! What needs no engine: the language, its findings, the evaluator, the texts, the documents, the shape of the tree.

mod anomaly_vectors;
mod architecture;
mod bad_input;
mod chart;
mod diagnostics;
mod documents;
mod emit;
mod eval;
mod eval_bind;
mod eval_compare;
mod eval_data;
mod eval_run;
mod explain;
mod hunts;
mod library;
mod mentions;
mod otrf;
mod pages;
mod plans;
mod print;
mod render;
mod schemas;
mod shapes;
