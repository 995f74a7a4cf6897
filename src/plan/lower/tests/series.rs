//! `series`, `anomaly` and `join`: correct uses, and what is reported for wrong ones.

use super::super::super::testing::Draft;
use crate::diag::Code;
use crate::plan::show;

fn plan(query: &str) -> String {
    let draft = Draft::new(query).watchlist("monitored");
    let plan = draft
        .lower()
        .unwrap_or_else(|found| panic!("{query}\n{found:#?}"));
    let class = draft.library.classes.get(&plan.class).unwrap();
    let broken = crate::plan::check::check(&plan, class);
    assert!(broken.is_empty(), "{broken:?}");
    show(&plan)
}

fn codes(query: &str) -> Vec<Code> {
    let draft = Draft::new(query).watchlist("monitored");
    match draft.lower() {
        Ok(plan) => panic!("this is fine:\n{}", show(&plan)),
        Err(found) => found.iter().map(|finding| finding.code).collect(),
    }
}

#[test]
fn a_series_is_dense_and_scored() {
    insta::assert_snapshot!(plan(
        "from network_session within 14d
         | join $monitored as m on dst.port in m.ports and transport in~ m.protocols
         | where m.name != \"telnet\"
         | series n = count() where outcome == \"failure\" every 24h over 14d by name = m.name, dst.port
         | anomaly n trend average season 7 as score, expected
         | where time >= now - 24h and score > 5"
    ));
}

#[test]
fn what_a_series_cannot_be() {
    let series = |text: &str| codes(&format!("from network_session within 14d | series {text}"));
    assert_eq!(
        series("n = count() every 5h over 14d by dst.port"),
        [Code::E0427]
    );
    assert_eq!(
        series("n = count() every 24h over 30d by dst.port"),
        [Code::E0427]
    );
    assert_eq!(
        series("n = count() every 14d over 14d by dst.port"),
        [Code::E0427]
    );
    assert_eq!(
        series("n = max(src.port) every 24h over 14d by dst.port"),
        [Code::E0417]
    );
    assert_eq!(
        series("n = count() every 24h over 14d by device.ip"),
        [Code::E0413]
    );
    assert_eq!(series("n = count() every dst.port over 14d"), [Code::E0423]);
    assert_eq!(
        series("n = count() every 24h over 14d by dst.port, time"),
        [Code::E0309]
    );
    assert_eq!(
        codes(
            "from network_session within 14d | group by dst.port { k = count() } | series n = count() every 24h over 14d by dst.port"
        ),
        [Code::E0312]
    );
}

#[test]
fn what_a_score_cannot_be() {
    let after = |text: &str| {
        codes(&format!(
            "from network_session within 14d | series n = count() every 24h over 14d by dst.port | {text}"
        ))
    };
    assert_eq!(
        after("where n > 0 | anomaly n as score, expected"),
        [Code::E0312]
    );
    assert_eq!(after("anomaly m as score, expected"), [Code::E0302]);
    assert_eq!(
        after("anomaly n trend linear as score, expected"),
        [Code::E0428]
    );
    assert_eq!(
        after("anomaly n season 8 as score, expected"),
        [Code::E0428]
    );
    assert_eq!(after("anomaly n as score, score"), [Code::E0309]);
    assert_eq!(after("anomaly n as dst, expected"), [Code::E0308]);
    assert_eq!(
        codes(
            "from network_session within 14d | series n = count() every 7d over 14d by dst.port | anomaly n as score, expected"
        ),
        [Code::E0427]
    );
}

#[test]
fn what_a_join_cannot_be() {
    let join = |text: &str| {
        codes(&format!(
            "from network_session within 24h | join $monitored as m on {text}"
        ))
    };
    assert_eq!(join("transport in~ m.protocols"), [Code::E0316]);
    assert_eq!(join("dst.port == m.ports"), [Code::E0316]);
    assert_eq!(join("dst.port in m.port"), [Code::E0302]);
    assert_eq!(join("process.name in m.ports"), [Code::E0401]);
    assert_eq!(join("dst.port in~ m.ports"), [Code::E0403]);
    assert_eq!(
        join("dst.port in m.ports or transport in~ m.protocols"),
        [Code::E0316]
    );
    assert_eq!(
        codes("from network_session within 24h | join $monitored as dst on dst.port in dst.ports"),
        [Code::E0308]
    );
    assert_eq!(
        codes("from network_session within 24h | join $watched as m on dst.port in m.ports"),
        [Code::E0306]
    );
    assert_eq!(
        codes(
            "from network_session within 24h | join $monitored as m on dst.port in m.ports | select m.name"
        ),
        [Code::E0310]
    );
}
