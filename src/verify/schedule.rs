//! Which engine runs what.
//!
//! In: hunts that are ready, targets, engines. Out: the verdicts, in each hunt's report. Guarantee: engines run at the same time, each in its own thread and
//! each its own queries one after the other; the order of the verdicts does not depend on which was done first.

use super::engine::Engine;
use super::prepare::Prepared;
use super::{Options, Verdict, verdict};
use crate::config::Configured;
use crate::schema::Library;

/// Where a verdict belongs: the hunt, the target, the engine.
type Place = (usize, usize, usize);

/// Runs every hunt for every target on every engine that reads it.
pub(super) fn run(
    library: &Library,
    targets: &[Configured],
    engines: &mut [Box<dyn Engine>],
    options: &Options,
    hunts: &mut [Prepared],
) {
    let wanted = |name: &str| {
        options.engines.is_empty() || options.engines.iter().any(|wanted| wanted == name)
    };
    let given: &[Prepared] = hunts;
    let mut verdicts: Vec<(Place, Verdict)> = std::thread::scope(|scope| {
        let running: Vec<_> = engines
            .iter_mut()
            .enumerate()
            .filter(|(_, engine)| wanted(engine.name()))
            .map(|(at, engine)| {
                scope.spawn(move || {
                    let all = one_engine(library, targets, engine.as_mut(), options, given);
                    let placed = all.into_iter();
                    placed
                        .map(|(hunt, target, verdict)| ((hunt, target, at), verdict))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        let done = running.into_iter().map(std::thread::ScopedJoinHandle::join);
        done.flat_map(|one| one.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    verdicts.sort_by_key(|(place, _)| *place);
    for ((hunt, _, _), verdict) in verdicts {
        if let Some(hunt) = hunts.get_mut(hunt) {
            hunt.report.cells.push(verdict);
        }
    }
}

fn one_engine(
    library: &Library,
    targets: &[Configured],
    engine: &mut dyn Engine,
    options: &Options,
    hunts: &[Prepared],
) -> Vec<(usize, usize, Verdict)> {
    let mut verdicts = Vec::new();
    for (at, hunt) in hunts.iter().enumerate() {
        for (which, target) in targets.iter().enumerate() {
            if engine
                .dialects()
                .iter()
                .any(|name| target.target.dialect.is_of(name))
            {
                let one = {
                    let equivalent = options.mutants.then_some(hunt.equivalent.as_slice());
                    verdict::verdict(library, target, engine, &hunt.cases, equivalent)
                };
                verdicts.push((at, which, one));
            }
        }
    }
    verdicts
}
