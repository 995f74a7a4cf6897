//! Hunts that once gave something else than the evaluator, by the name of what was wrong.

use super::trial::{Breadth, Trials};
use crate::support::Kind;
use crate::support::databases::on_each_database;
use huntc::internals::pattern::testing::Rng;

const KNOWN: &[(&str, &str)] = &[
    (
        "a derived column that only the ties of a ranking read",
        "derive d = int(device.name) | top 5 by process.start | group by device.id { n = count() }",
    ),
    (
        "a ranking whose ties read a derived text",
        "derive d = src.ip, e = lower(user.name) | rare 3 by process.id | select d, e, time",
    ),
    (
        "a derived column that orders and is not selected",
        "select s = src.port | derive d = float(s) between 0 and 80.0 | sort d, -s | select s",
    ),
    (
        "a name that a select gives to another value after the order",
        "select a = process.id, b = dst.port | sort a desc, b | select b = a, a = b",
    ),
    (
        "an order by a text that the select makes",
        "derive d = dst.ip | where dst.host exists or d exists | select user.id, s = d | sort s desc, lower(user.id)",
    ),
    (
        "an order that a schema makes constant",
        "group { a = count_distinct(remote.port), b = avg(bytes.total) } | sort a, not (a is missing and b exists)",
    ),
    (
        "nothing left to order by",
        "group { a = count_distinct(remote.port) } | sort a is missing",
    ),
    (
        "a ranking by a constant",
        "where dst.port exists | top 3 by 2 | select dst.port",
    ),
    (
        "the length of a blank text, negated",
        "where not (length(user.domain) == 1) | select user.domain, b = not (length(user.id) > 2)",
    ),
    (
        "words told by a column of several, in later steps",
        "select activity, dst.port | where dst.port in [80, 443] | derive b = dst.port == 80",
    ),
    (
        "a text of two columns that becomes a key",
        "select user.name, src.port | group by k = src.port > 80, user.name { a = set(user.name) }",
    ),
    (
        "a text renamed that becomes a key",
        "select s = user.domain, src.port | group by s { n = count() }",
    ),
    (
        "the mean of many whole numbers",
        "group by ip.version { a = avg(process.parent.id), b = avg(process.parent.id) where direction != \"external\" }",
    ),
    (
        "numbers in text as keys",
        "group by process.parent.id { n = count() } | where process.parent.id exists | sort process.parent.id desc",
    ),
    (
        "two fields on one column",
        "select dst.url, dst.host, s = src.ip | sort dst.host | select dst.url, dst.host",
    ),
    (
        "two keys on one column",
        "group by dst.url, dst.host { n = count() } | sort n",
    ),
    (
        "an order that computes with a text which is not selected",
        "select dst.port, user.name | sort (user.name starts_with~ user.name) desc | select dst.port",
    ),
    (
        "the order of columns of which one is made anew after the group",
        "group { a = latest(src.port), n = count() where src.port is missing } | rare 1 by n",
    ),
    (
        "a group of a regex's search",
        "derive d = extract(process.name, /([a-z]+)\\.exe/i) | group by d { n = count() }",
    ),
    (
        "the number that tells the rows of a table apart, at the end",
        "group by process.name { n = count() } | join $pairs as j on process.name == j.who",
    ),
    (
        "the sets of a table that the platform reads, at the end",
        "group by process.id { n = count() } | join $watched as j on process.id in j.ports",
    ),
    (
        "the axis of a series that is not scored",
        "series n = count() every 1h over 3h by dst.port | where n > 1",
    ),
    (
        "the floats of a table that are written into the text",
        "group by process.id { n = count() } | join $hosts as j on process.id == j.rank | where j.weight > 0.25 or j.weight is missing",
    ),
    (
        "floats that nothing beside them gives a type",
        "select dst.port, a = 0.5, b = case { dst.port > 80 -> 0.25, else $ratio }, c = 0.5 + 0.25",
    ),
    (
        "a field of several values that a schema holds in a column of one",
        "select device.ip, dst.port | where device.ip != \"10.0.0.1\"",
    ),
    (
        "a cut that sets alone tell apart",
        "group by process.name { a = min(dst.port) } | group by k = process.name { n = count(), s = set(a) } | select s, n | top 1 by n",
    ),
    (
        "a cut after a group met several rows of a table",
        "group by process.id { n = count() } | join $watched as j on process.id in j.ports | select name = j.name, n, process.id | top 1 by n",
    ),
    (
        "a set of a group that is cut by its renamed key, after a join",
        "group by process.id { n = count(), s = set(dst.port) } | select k = process.id, n, s | join $watched as j on k in j.ports | top 5 by n | where size(s) > 1 | select k, n, s, name = j.name",
    ),
    (
        "not what a flag or else another is",
        "join $hosts as j on dst.ip in j.gateways | group by k = j.trusted { n = count() } | where not coalesce(k, $strict) or n > 100",
    ),
    (
        "a word about a table's cells where the first text is a number on the platform",
        "join $watched as j on dst.port in j.ports | select event.id, dst.port, name = j.name",
    ),
    (
        "scores of series in proportion, cut and ordered by",
        "series n = sum(src.port) every 1h over 6h by outcome, transport | anomaly n trend linefit as score, base | top 5 by score | sort score desc | select outcome",
    ),
    (
        "a score of nothing, of doubles",
        "series n = sum(src.port) every 1h over 6h by device.name | anomaly n trend linefit season 2 as score, base | where score != 0 | group by score { b = set(base) }",
    ),
    (
        "products beyond 32 bits",
        "derive a = case { dst.port > 80 -> 65535, else 65536 } | select dst.port, b = a * a, c = dst.port * dst.port * 65536, d = a * 65536, e = length(device.name) * 65536 * 65536, f = 65536 * 65536, g = (a + 1) * (a - 1)",
    ),
    (
        "sums and counts beyond 32 bits",
        "group by ip.version { n = count(), s = sum(dst.port), m = max(dst.port), k = count_distinct(dst.port) } | select a = n * 65536 * 65536, b = s * 65536 * 65536, c = m * m * 65536, d = k * 65536 * 65536, e = case { n > 1 -> n, else 65536 } * 65536 * 65536",
    ),
    (
        "a text that is empty as the needle, in a later block, and then a key",
        "derive e = dst.port > 80 | where e and process.name starts_with~ user.name | group by user.name, d = dst.port > 443",
    ),
    (
        "a text made a key among more columns than are listed",
        "top 20 by local.port | join $watched as j on local.port in j.ports and ip.version in~ j.programs | group by dst.zone, dst.url, k = time between now - 2d and now { a = earliest(ip.version) where process.command_line in [\"a\"], b = latest(dst.zone) where src.ip exists, c = avg(process.parent.id) where dst.port > 80, d = set(user.name) where device.name exists, e = max(src.port) where remote.ip exists }",
    ),
    (
        "a field of several values after two selections",
        "select device.ip, dst.port | select device.ip | where device.ip in [\"11.0.0.0\", \"10.0.0.1\"] | select device.ip",
    ),
    (
        "a series without keys over no events",
        "where src.port == 1 and src.port == 2 | series n = count() every 30m over 3h",
    ),
    (
        "a series over less than is read",
        "series n = count() every 30m over 2h by dst.port | where n > 0",
    ),
    (
        "a ranking over more than the series after it",
        "top 40 by dst.port | series n = count() every 30m over 2h by outcome",
    ),
    (
        "a column of a table of which no row is left that has it",
        "join $hosts as j on src.ip == j.address and product =~ j.site | where j.trusted != true | select dst.port, t = j.trusted",
    ),
    (
        "any of floats that an engine reckons a little otherwise",
        "group by outcome { a = any(process.parent.id / 3 * 0.1) }",
    ),
    (
        "words of which a filter leaves one",
        "where transport == \"tcp\" | group by transport, dst.port { n = count(), s = set(transport), d = count_distinct(direction) where transport == \"tcp\" } | sort transport, dst.port",
    ),
    (
        "words of which a filter leaves some",
        "where direction in [\"outbound\", \"inbound\"] and transport != \"udp\" | select direction, transport, outcome, dst.port, t = case { transport == \"udp\" -> 1, direction == \"inbound\" -> 2, else 3 } | sort direction, transport",
    ),
    (
        "words of which two filters leave one, or none together",
        "where outcome == \"success\" | where direction == \"outbound\" | derive d = direction, o = lower(outcome) | group by d, o, activity { n = count() }",
    ),
    (
        "lengths that the empty text passes, and that it does not",
        "where not (length(device.name) == 7) | select device.name, a = length(user.name) < 3, b = length(user.name) == 0, c = not (length(user.name) >= 1), d = length(user.domain) between 1 and 4, e = length(user.id) between 0 and 2, f = 3 < length(user.name), g = 0 == length(user.name), h = not (length(user.domain) > 3)",
    ),
    (
        "a key whose length is tested",
        "where length(user.name) > 2 | group by user.name { n = count(), m = max(length(user.name)) }",
    ),
    (
        "blank texts in aggregates",
        "group by dst.port { a = set(lower(user.name)), b = count_distinct(user.name) where user.name contains \"a\", c = any(user.domain), d = set(user.name, 100), e = count_distinct(lower(user.domain)), f = set(substring(user.domain, 1)), g = count_distinct(user.name) where dst.port exists }",
    ),
    (
        "values of which each group has one",
        "where src.port exists | group by outcome { a = sum(src.port), b = set(src.port), c = count_distinct(src.port), d = set(src.port, 1000), e = sum(dst.port), f = sum(src.port / 2) }",
    ),
    (
        "values of which a group without keys need have none",
        "where src.port == 1 and src.port == 2 | group { a = sum(src.port), b = set(src.port), c = count_distinct(src.port), d = set(src.port, 1000) }",
    ),
    (
        "columns with the names that blocks would have",
        "derive matching_sessions = dst.port > 80, per_user_name = user.name | where matching_sessions | group by user.name, per_user_name { matching_groups = count(), per_matching_groups = sum(dst.port) } | where matching_groups > 1 | group by matching_groups { n = max(per_matching_groups) }",
    ),
    (
        "a small negative number scaled down",
        "group by duration_ms { n = count() }",
    ),
];

fn known_on(engine: &str, turns: u64) {
    let mut trials = Trials::new(&[engine], &format!("known_{engine}"));
    for (at, (what, steps)) in KNOWN.iter().enumerate() {
        for turn in 0..turns {
            let seed = 100 * (at as u64 + 1) + turn;
            trials.tried(
                &format!("{what} ({seed})"),
                &format!("  from network_session within $lookback | {steps}"),
                0,
                Breadth::Every,
                &mut Rng::new(seed),
            );
        }
    }
    trials.settle(100);
}

fn what_once_differed(kind: Kind) {
    known_on(kind.name(), 2);
}

on_each_database!(what_once_differed, quick);

#[test]
fn what_once_differed_in_kql() {
    known_on("kql", 1);
}

#[test]
fn what_once_differed_in_esql() {
    known_on("esql", 1);
}
