//! What came of many random hunts.

use std::collections::BTreeMap;
use std::time::Duration;

/// Counts by what was said.
pub type Counts = BTreeMap<String, usize>;

/// What came of them on one engine.
pub struct Tally {
    pub engine: String,
    /// Texts that were refused, by code and title.
    pub refused: Counts,
    /// Hunts that no schema of the platform fits.
    pub homeless: usize,
    pub compared: usize,
    /// Comparisons of results that are not empty.
    pub telling: usize,
    pub different: Vec<String>,
    /// How long it took to write the texts, to run them and to compare.
    pub took: Duration,
}

impl Tally {
    pub fn new(engine: &str) -> Tally {
        Tally {
            engine: engine.to_owned(),
            refused: Counts::new(),
            homeless: 0,
            compared: 0,
            telling: 0,
            different: Vec::new(),
            took: Duration::ZERO,
        }
    }

    /// In lines.
    pub fn told(&self) -> String {
        let asked = u32::try_from(self.compared.max(1)).unwrap_or(u32::MAX);
        let mut lines = format!(
            "{}: {} comparisons, {} with rows, {} differences, {} refused, {} fit no schema of it, {:.1?} each\n",
            self.engine,
            self.compared,
            self.telling,
            self.different.len(),
            self.refused.values().sum::<usize>(),
            self.homeless,
            self.took / asked,
        );
        for (why, count) in &self.refused {
            lines.push_str(&format!("  {count} × {why}\n"));
        }
        lines
    }

    /// Fails for differences, for few comparisons, and for results that are mostly empty. `wanted` are as many comparisons as there should be.
    pub fn settle(&self, wanted: usize) {
        let shown: Vec<&str> = self.different.iter().take(3).map(String::as_str).collect();
        assert!(
            self.different.is_empty(),
            "{}: {} of {} comparisons differ\n{}",
            self.engine,
            self.different.len(),
            self.compared,
            shown.join("\n")
        );
        assert!(
            self.compared >= wanted,
            "{}: {} comparisons, not {wanted}",
            self.engine,
            self.compared
        );
        assert!(
            self.telling * 3 >= self.compared,
            "{}: {} of {} results have rows",
            self.engine,
            self.telling,
            self.compared
        );
    }
}
