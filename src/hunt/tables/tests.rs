//! Tables, as their readers see them.
