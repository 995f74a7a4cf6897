//! A series in one line of a terminal.
//!
//! In: points and which of them are reported. Out: block characters, `▁▁▂█▁`. Guarantee: only what is not above zero is the lowest block, so that one
//! event among thousands is seen; only the maximum is the full one in a series whose values differ enough; a reported point is never folded away.

/// The blocks, lowest first.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The most blocks in a line: what a table has room for.
const WIDEST: usize = 60;

/// The points as blocks, scaled from 0 to their maximum; what is negative counts as 0. A series of more than 60 points is folded: a block is the
/// greatest of its points, or the greatest reported one if there is one.
#[must_use]
pub(crate) fn sparkline(points: &[i64], flagged: &[usize]) -> String {
    let greatest = points.iter().copied().max().unwrap_or(0);
    let fold = points.len().div_ceil(WIDEST).max(1);
    // The first block may stand for fewer points, so that the last, which hunts ask for, stands for as many as the others.
    let short = points.len() % fold;
    let (first, rest) = points.split_at_checked(short).unwrap_or((&[], points));
    let mut line = String::new();
    let mut start = 0;
    for group in [first].into_iter().chain(rest.chunks(fold)) {
        let end = start + group.len();
        let reported = flagged.iter().filter(|at| (start..end).contains(*at));
        let reported = reported.filter_map(|at| points.get(*at)).max();
        if let Some(point) = reported.or_else(|| group.iter().max()) {
            line.push(block(*point, greatest));
        }
        start = end;
    }
    line
}

fn block(point: i64, greatest: i64) -> char {
    let lowest = '▁';
    if point <= 0 || greatest <= 0 {
        return lowest;
    }
    // Rounded up, in integers that hold every product.
    let level = (i128::from(point) * 7 + i128::from(greatest) - 1) / i128::from(greatest);
    let level = usize::try_from(level).unwrap_or(0);
    BLOCKS.get(level).copied().unwrap_or(lowest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_blocks_between_zero_and_the_maximum() {
        assert_eq!(sparkline(&[0, 1, 2, 3, 4, 5, 6, 7], &[]), "▁▂▃▄▅▆▇█");
        assert_eq!(sparkline(&[0, 0, 1, 0, 100_000], &[4]), "▁▁▂▁█");
        assert_eq!(sparkline(&[0; 4], &[]), "▁▁▁▁");
        assert_eq!(sparkline(&[5; 4], &[]), "████");
        assert_eq!(sparkline(&[-5, -1, 3, i64::MIN], &[]), "▁▁█▁");
        assert_eq!(sparkline(&[i64::MAX, 1], &[]), "█▂");
        assert_eq!(sparkline(&[], &[3]), "");
    }

    #[test]
    fn long_series_are_folded_and_keep_what_is_reported() {
        let mut points = vec![10; 400];
        points[399] = 20;
        points[200] = 1;
        let line = sparkline(&points, &[200]);
        assert_eq!(line.chars().count(), 58);
        assert_eq!(line.chars().filter(|block| *block == '▂').count(), 1);
        assert!(line.ends_with('█'));
        assert!(!sparkline(&points, &[]).contains('▂'));
        assert_eq!(sparkline(&[1; 60], &[]).chars().count(), 60);
    }
}
