//! The tables that `interpret` reads: forms of files, nested documents, and the types that were read off them.

use super::repo::Repo;

#[test]
fn nested_documents_and_json_files_are_tables() {
    let repo = Repo::empty("samples");
    repo.write(
        "tables/logs.ndjson",
        "{\"host\": {\"name\": \"a\"}, \"n\": 1}\n{\"host.name\": \"b\", \"n\": 2}\n",
    );
    repo.write(
        "tables/owners.json",
        "[{\"host\": {\"name\": \"a\"},\n  \"owner\": [{\"mail\": \"x@y\"}]}]\n",
    );
    repo.write(
        "query.esql",
        "FROM logs METADATA _version\n| LOOKUP JOIN owners ON host.name\n| KEEP host .name, n, owner.mail, _version\n| SORT n",
    );
    let ask = ["interpret", "esql", "query.esql", "--tables", "tables"];
    let ran = repo.run(&ask).exits(0).never_says("read off the data");
    assert_eq!(
        ran.out,
        "host.name  n  owner.mail  _version\n---------  -  ----------  --------\na          1  x@y                1\nb          2                     1\n"
    );
    let with = [ask.as_slice(), &["--types"]].concat();
    repo.run(&with)
        .exits(0)
        .says("logs: types read off the data: host.name:keyword, n:long")
        .says("owners: types read off the data: host.name:keyword, owner.mail:keyword");
}

#[test]
fn a_table_that_cannot_be_read_is_named() {
    let repo = Repo::empty("samples-bad");
    repo.write("query.esql", "FROM t");
    for (file, text, told) in [
        ("t.json", "[1]", "row 1 is not an object"),
        ("t.json", "[{}", "t.json: EOF"),
        (
            "t.ndjson",
            "{\"a\": {\"b\": 1}, \"a.b\": 2}",
            "line 1: `a.b` is there twice with different values",
        ),
    ] {
        repo.write(&format!("tables/{file}"), text);
        repo.run(&["interpret", "esql", "query.esql", "--tables", "tables"])
            .exits(3)
            .says(told);
        let _ = std::fs::remove_file(repo.path(&format!("tables/{file}")));
    }
    repo.write("tables/t.json", "[]");
    repo.write("tables/t.ndjson", "{}");
    repo.run(&["interpret", "esql", "query.esql", "--tables", "tables"])
        .exits(3)
        .says("a table `t` was read from another file");
}
