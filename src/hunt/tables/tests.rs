//! Tables, as their readers see them.

use super::cell::read;
use super::*;
use crate::source::yaml;

fn ty(item: ItemType, list: bool, wildcard: bool) -> CellType {
    CellType {
        item,
        list,
        wildcard,
        separator: ",".to_owned(),
    }
}

fn ints(numbers: &[i64]) -> Option<Cell> {
    Some(Cell::Several(
        numbers.iter().copied().map(Value::Int).collect(),
    ))
}

fn texts(texts: &[&str]) -> Option<Cell> {
    Some(Cell::Several(
        texts.iter().map(|text| Value::text(text)).collect(),
    ))
}

/// The cell, and of each flaw the part of the cell, the title and the fix.
fn shown(text: &str, ty: &CellType) -> (Option<Cell>, Vec<String>) {
    let (cell, flaws) = read(text, ty);
    let told = flaws.iter().map(|flaw| {
        let fix = flaw.fix.as_ref().map(|(fix, _)| format!(" -> {fix}"));
        let fix = fix.unwrap_or_default();
        format!("[{}] {}{fix}", &text[flaw.at.clone()], flaw.title)
    });
    (cell, told.collect())
}

#[test]
fn sets_of_integers() {
    let set = ty(ItemType::Int, true, false);
    assert_eq!(
        shown("5800, 5801 ,-1", &set),
        (ints(&[5800, 5801, -1]), vec![])
    );
    let (cell, flaws) = shown("58O0,80, x,80 ,+7,8.00,0080,\u{a0}9,12-14,1..3,1-99", &set);
    assert_eq!(cell, ints(&[80]));
    assert_eq!(
        flaws,
        [
            "[58O0] `58O0` is not an integer -> 5800",
            "[x] `x` is not an integer",
            "[80] `80` occurs twice in this cell",
            "[+7] `+7` is not an integer -> 7",
            "[8.00] `8.00` is not an integer -> 8",
            "[0080] `0080` occurs twice in this cell",
            "[\u{a0}9] `\u{a0}9` is not an integer -> 9",
            "[12-14] `12-14` is a range -> 12,13,14",
            "[1..3] `1..3` is a range -> 1,2,3",
            "[1-99] `1-99` is a range",
        ]
    );
    let flaw = &read("5800-65535", &set).1[0];
    assert!(flaw.help.as_ref().unwrap().contains("here 59736"));
    assert_eq!(
        shown(
            "999999999999999999,1000000000000000000,99999999999999999999",
            &set
        )
        .1,
        [
            "[1000000000000000000] `1000000000000000000` has more than 18 digits",
            "[99999999999999999999] `99999999999999999999` does not fit in 64 bits",
        ]
    );
    let flaw = &read("5800;5801", &set).1[0];
    assert!(flaw.help.as_ref().unwrap().contains("separator: \";\""));
}

#[test]
fn empty_sets_and_empty_elements() {
    let set = ty(ItemType::Int, true, false);
    for text in ["", "   "] {
        assert_eq!(
            shown(text, &set),
            (None, vec![format!("[{text}] this cell has no element")])
        );
    }
    assert_eq!(
        shown("1,,2", &set),
        (ints(&[1, 2]), vec!["[,,] an empty element -> ,".to_owned()])
    );
    assert_eq!(
        shown(",1, ", &set),
        (
            ints(&[1]),
            vec![
                "[,] an empty element -> ".to_owned(),
                "[, ] an empty element -> ".to_owned()
            ]
        )
    );
    assert_eq!(read(&",".repeat(100_000), &set).1.len(), 50);
    assert_eq!(read("x,y", &set).0, None);
}

#[test]
fn anything() {
    let set = ty(ItemType::Text, true, true);
    assert_eq!(shown("*", &set), (Some(Cell::Anything), vec![]));
    assert_eq!(
        shown(" *", &set),
        (
            Some(Cell::Anything),
            vec!["[ *] this `*` has spaces around it -> *".to_owned()]
        )
    );
    assert_eq!(
        shown("tcp,*", &set),
        (
            texts(&["tcp"]),
            vec!["[*] `*` beside other elements".to_owned()]
        )
    );
    assert_eq!(
        shown("*", &ty(ItemType::Int, true, false)),
        (None, vec!["[*] `*` in a column without `or *`".to_owned()])
    );
    assert_eq!(
        shown("*", &ty(ItemType::Text, false, false)),
        (
            Some(Cell::One(Value::text("*"))),
            vec!["[*] `*` in a column that is not a set".to_owned()]
        )
    );
}

#[test]
fn texts_are_twice_in_a_cell_whatever_their_case() {
    let set = ty(ItemType::Text, true, false);
    assert_eq!(
        shown("TCP,udp,tcp,TCP", &set),
        (
            texts(&["TCP", "udp", "tcp"]),
            vec![
                "[tcp] `tcp` occurs twice in this cell".to_owned(),
                "[TCP] `TCP` occurs twice in this cell".to_owned()
            ]
        )
    );
}

#[test]
fn single_cells() {
    let of = |text: &str, item| shown(text, &ty(item, false, false));
    let one = |value| Some(Cell::One(value));
    assert_eq!(of("", ItemType::Int), (Some(Cell::Missing), vec![]));
    assert_eq!(of("TRUE", ItemType::Bool).0, one(Value::Bool(true)));
    assert_eq!(
        of("yes", ItemType::Bool),
        (
            Some(Cell::Missing),
            vec!["[yes] `yes` is not `true` or `false` -> true".to_owned()]
        )
    );
    assert_eq!(
        of(" VNC", ItemType::Text),
        (
            one(Value::text("VNC")),
            vec!["[ VNC] this cell has spaces around its text -> VNC".to_owned()]
        )
    );
    for good in ["1", "-1.5", "0.10", "1e3", "2.5E-7"] {
        assert_eq!(of(good, ItemType::Float).1, Vec::<String>::new(), "{good}");
    }
    for bad in [
        ".5", "5.", "1e", "1e999", "NaN", "inf", "1_0", "--1", "1.2.3", "0x1",
    ] {
        assert_eq!(of(bad, ItemType::Float).0, Some(Cell::Missing), "{bad}");
    }
    assert_eq!(of("2001:db8::1", ItemType::Ip).1, Vec::<String>::new());
    assert_eq!(
        of("2001:DB8:0::1", ItemType::Ip).1,
        ["[2001:DB8:0::1] `2001:DB8:0::1` is not an address in canonical form -> 2001:db8::1"]
    );
    assert_eq!(
        of("10.0.0.0/8", ItemType::Ip).1,
        ["[10.0.0.0/8] `10.0.0.0/8` is a network, not an address"]
    );
    let flaw = &read("80,443", &ty(ItemType::Int, false, false)).1[0];
    assert!(flaw.help.as_ref().unwrap().contains("set<int>"));
}

/// The table `t` of this text, and the errors.
fn table(text: &str) -> (Option<DeclaredTable>, Vec<String>) {
    let mut files = Files::default();
    let file = files.add("hunt.yaml", format!("tables:\n  t: {text}\n"));
    let root = yaml::parse(&files, file).unwrap();
    let mut faults = Faults::default();
    let map = faults.map(&root, "a mapping").unwrap().clone();
    let mut found = tables(
        &mut files,
        &map,
        &Source::memory("hunt.yaml", ""),
        &mut faults,
    );
    let told = faults.all.iter().map(|fault| {
        let at = files.slice(fault.primary.as_ref().unwrap().span);
        let fix = fault.fix.as_ref();
        let fix = fix.map(|fix| format!(" -> {}", fix.replacement));
        let fix = fix.unwrap_or_default();
        format!("{} [{at}] {}{fix}", fault.code, fault.title)
    });
    (found.remove("t"), told.collect())
}

fn of_type(text: &str) -> Vec<String> {
    table(&format!(
        "{{ rows: [{{ a: \"1\" }}], columns: {{ a: \"{text}\" }} }}"
    ))
    .1
}

#[test]
fn a_table_in_the_hunt() {
    let (table, faults) = table(
        r#"{ rows: [{ ports: 007, name: VNC, how: "*" }, { how: x, ports: "1;2" }], separator: ";",
    platform: { kql: "_GetWatchlist('A b-1.c_d')", esql: net-mon, sql: a.b_1.C },
    columns: { ports: { column: Ports, type: set<int> }, how: "set<string> or *", name: string } }"#,
    );
    assert_eq!(faults, Vec::<String>::new());
    let table = table.unwrap();
    let columns: Vec<(&str, &str)> = table
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.source.as_str()))
        .collect();
    assert_eq!(
        columns,
        [("ports", "Ports"), ("how", "how"), ("name", "name")]
    );
    let rows: Vec<&[Cell]> = table.rows.iter().map(|row| row.cells.as_slice()).collect();
    assert_eq!(
        rows,
        [
            &[
                ints(&[7]).unwrap(),
                Cell::Anything,
                Cell::One(Value::text("VNC"))
            ],
            &[
                ints(&[1, 2]).unwrap(),
                texts(&["x"]).unwrap(),
                Cell::Missing
            ]
        ]
    );
    assert_eq!(table.platform["esql"].value, "net-mon");
}

#[test]
fn types_and_what_was_meant() {
    for good in [
        "string",
        "ip",
        "bool",
        "set<int>",
        "set< int >",
        "set<float> or *",
        "set<ip>  or  *",
    ] {
        let faults = of_type(good);
        let cells = |fault: &String| fault.starts_with("E0120");
        assert!(faults.iter().all(cells), "{faults:?}");
    }
    for (wrong, fix) in [
        ("integer", " -> \"int\""),
        ("set<str>", " -> \"set<string>\""),
        ("list<long>", " -> \"set<int>\""),
        ("int[]", " -> \"set<int>\""),
        ("Set of int or *", " -> \"set<int> or *\""),
        ("int or *", " -> \"set<int> or *\""),
        ("set<int>*", " -> \"set<int> or *\""),
        ("strng", " -> \"string\""),
        ("cidr", ""),
        ("set<cidr>", ""),
        ("set<bool>", ""),
        ("duration", ""),
        ("*", ""),
    ] {
        assert_eq!(
            of_type(wrong),
            [format!(
                "E0119 [\"{wrong}\"] `{wrong}` is not a type that a column can have{fix}"
            )]
        );
    }
}

#[test]
fn objects_of_platforms_are_names_and_nothing_else() {
    let of = |key: &str, text: &str| {
        let rows = "rows: [{ a: x }], columns: { a: string }";
        table(&format!("{{ {rows}, platform: {{ {key}: '{text}' }} }}")).1
    };
    for (key, good) in [
        ("kql", "Monitored_1"),
        ("kql", "_GetWatchlist(''a b'')"),
        ("esql", ".x_1-y"),
        ("sql", "a.b.c"),
    ] {
        assert_eq!(of(key, good), Vec::<String>::new());
    }
    for (key, bad) in [
        ("kql", "Monitored | take 1"),
        ("kql", "1a"),
        ("kql", "a.b"),
        ("kql", "_GetWatchlist(''a'' )"),
        ("kql", "_GetWatchlist(''a'', ''b'')"),
        ("kql", "_GetWatchlist('''')"),
        ("kql", "_GetWatchlist(''a'')|x"),
        ("esql", "Logs"),
        ("esql", "a,b"),
        ("esql", "a*"),
        ("sql", "a.b.c.d"),
        ("sql", "a..b"),
        ("sql", "a b"),
        ("sql", "a;drop"),
        ("sql", "\u{e4}"),
    ] {
        let faults = of(key, bad);
        assert_eq!(faults.len(), 1, "{bad}: {faults:?}");
        assert!(faults[0].starts_with("E0119"), "{faults:?}");
    }
    let faults = of("kql", "_GetWatchlist(\"a\")");
    let mended = faults[0].ends_with(" -> \"_GetWatchlist('a')\"");
    assert!(mended, "{faults:?}");
    assert!(of("duckdb", "a")[0].starts_with("E0107"));
}

#[test]
fn rows_are_equal_whatever_the_order_of_their_sets() {
    let (_, faults) = table(
        r#"{ rows: [{ a: "1,2", b: x }, { a: "2,1", b: x }, { a: "1,2" }, { a: "1,2", b: X }], columns: { a: set<int>, b: string } }"#,
    );
    assert_eq!(
        faults,
        [r#"E0121 [{ a: "2,1", b: x }] this row is in the table already"#]
    );
}

#[test]
fn run_time_rows_are_read_as_platforms_read_them() {
    let column = |name: &str, ty| TableColumn {
        name: name.to_owned(),
        source: name.to_uppercase(),
        ty,
        name_span: Span::default(),
    };
    let columns = [
        column("ports", ty(ItemType::Int, true, true)),
        column("risk", ty(ItemType::Int, false, false)),
    ];
    let csv = "\u{feff}RISK,Ports,Notes\r\n3,\"80, 8O,,80,443\",\r\n 3,\"443,80\",again\r\n,*,\r\nhigh,\"1,*\",\r\n1,,\r\n1,x\r\n1,1-5,\r\n1,\"2";
    let (rows, skipped) = read_rows_leniently(&columns, csv);
    let row = |ports: Option<Cell>, risk| vec![ports.unwrap(), risk];
    assert_eq!(
        rows,
        [
            row(ints(&[80, 443]), Cell::One(Value::Int(3))),
            row(Some(Cell::Anything), Cell::Missing),
            row(ints(&[1]), Cell::Missing),
        ]
    );
    let told: Vec<String> = skipped
        .iter()
        .map(|it| format!("{} {} [{}] {}", it.line, it.column, it.cell, it.reason))
        .collect();
    assert_eq!(
        told,
        [
            "2 ports [80, 8O,,80,443] `8O` is not an integer",
            "2 ports [80, 8O,,80,443] an empty element",
            "5 ports [1,*] `*` beside other elements",
            "5 risk [high] `high` is not an integer",
            "6 ports [] this cell has no element",
            "7  [1,x] the row has 2 cells and the header 3",
            "8 ports [1-5] `1-5` is a range",
            "9  [1,\"2] a quotation mark is not closed",
        ]
    );
    let (rows, skipped) = read_rows_leniently(&columns, "ports\n80\n");
    assert_eq!(rows, [row(ints(&[80]), Cell::Missing)]);
    assert_eq!(skipped[0].reason, "the header has no column `RISK`");
    assert_eq!(read_rows_leniently(&columns, "").0.len(), 0);
}
