//! "Did you mean": the near names among those that would be right.
//!
//! Guarantee: a name that differs only in case or by one letter more or less is found first; nothing further than a third of the longer name away
//! (at least two edits for names of four letters or more) is offered.

/// The nearest of `candidates` to `name`, when near enough.
#[must_use]
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    near(name, candidates, 1).into_iter().next()
}

/// Up to `most` near candidates, the nearest first; equal distances in alphabetical order.
#[must_use]
pub(crate) fn near<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    let wanted = name.to_lowercase();
    let mut found: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let lower = candidate.to_lowercase();
            let distance = edits(&wanted, &lower);
            let longest = wanted.chars().count().max(lower.chars().count());
            let allowed = if longest >= 4 {
                (longest / 3).max(2)
            } else {
                1
            };
            // A dotted name of which one part is the whole name asked for (`port` for `dst.port`) is near too.
            let part = lower.split('.').any(|p| p == wanted);
            (distance <= allowed || part).then_some((
                if part {
                    distance.min(allowed)
                } else {
                    distance
                },
                candidate,
            ))
        })
        .collect();
    found.sort();
    found.dedup();
    found
        .into_iter()
        .take(most)
        .map(|(_, candidate)| candidate)
        .collect()
}

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. Of a long text the beginning is enough.
fn edits(left: &str, right: &str) -> usize {
    let beginning = |text: &str| text.chars().take(128).collect::<String>();
    strsim::osa_distance(&beginning(left), &beginning(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_offered_and_far_ones_are_not() {
        let fields = [
            "user.name",
            "user.id",
            "dst.port",
            "src.port",
            "process.name",
        ];
        assert_eq!(nearest("user.nam", fields), Some("user.name"));
        assert_eq!(nearest("dst.prot", fields), Some("dst.port"));
        assert_eq!(nearest("User.Name", fields), Some("user.name"));
        assert_eq!(near("port", fields, 3), ["dst.port", "src.port"]);
        assert_eq!(nearest("wholly.else", fields), None);
        assert_eq!(edits("tpc", "tcp"), 1);
    }
}
