//! Functions that only the compiler puts into a plan.
//!
//! In: nothing. Out: their names, which a dialect has patterns for. Guarantee: none is a function of the language, so no hunt can name them.

/// The function that reads decimal text as an int; the schema promises decimal text or blank.
pub(crate) const DECIMAL_TO_INT: &str = "decimal_to_int";
/// The function that gives the text of a member of JSON, by the keys and places that lead to it; the schema promises a text, a whole number or a truth value.
pub(crate) const MEMBER_TEXT: &str = "member_text";
/// The function that divides an int by a positive literal, rounding down.
pub(crate) const SCALE_DOWN: &str = "scale_down";
/// The function that computes how many whole windows before an instant (the second argument) another (the first) lies; windows are closed at their start.
pub(crate) const WINDOWS_AGO: &str = "windows_ago";
/// The function that sorts whole numbers into a list.
pub(crate) const SORTED_NUMBERS: &str = "sorted_numbers";
/// The function that takes a number of such a list by its place, from 0.
pub(crate) const NTH_LEAST: &str = "nth_least";
/// The function that makes a score: the factor of Tukey's fences times the part by the whole, in doubles.
pub(crate) const FENCE_SCORE: &str = "fence_score";
/// The length of a text as engines have it: 0 of the empty text. It is used only in tests that 0 does not pass.
pub(crate) const LENGTH_OF_ANY: &str = "length_of_any";
