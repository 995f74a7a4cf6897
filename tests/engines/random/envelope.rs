//! What every random hunt has around its query: parameters, lists, maps, tables.

/// The envelope that every random hunt has; the query follows, indented.
pub const ENVELOPE: &str = r#"hunt: random
id: 7c0e5f5e-4f0a-4c6e-9d5b-0a1b2c3d4e5f
version: 1.0.0
name: Random
description: A random hunt.
severity: low
params:
  lookback: { type: duration, default: 24h }
  most: { type: int, default: 80 }
  word: { type: string, default: "cmd.exe" }
  ratio: { type: float, default: 0.5 }
  home: { type: ip, default: 10.0.0.1 }
  strict: { type: bool, default: true }
lists:
  names: { type: string, values: [cmd.exe, "É.exe", "a"] }
  ports: { type: int, values: [80, 443, 65535] }
  rates: { type: float, values: [0.5, 1, 80] }
  addresses: { type: ip, values: [10.0.0.1, "::1", 8.8.8.8] }
  networks: { type: cidr, values: [10.0.0.0/8, "fe80::/10", 100.0.0.0/16] }
maps:
  service: { file: services.csv, key: port, value: service }
  family: { file: families.csv, key: program, value: family }
  protocol: { schema: apexone, codes: ApplicationProtocol }
tables:
  watched:
    file: watched.csv
    platform: { kql: "_GetWatchlist('Random')" }
    columns:
      ports: { column: Ports, type: "set<int>" }
      programs: { column: Programs, type: "set<string> or *" }
      name: { column: Name, type: string }
      level: { column: Level, type: string }
  pairs:
    file: pairs.csv
    columns:
      who: { column: Who, type: string }
      what: { column: What, type: string }
  hosts:
    file: hosts.csv
    columns:
      address: { column: Address, type: ip }
      gateways: { column: Gateways, type: "set<ip> or *" }
      site: { column: Site, type: string }
      rank: { column: Rank, type: int }
      weight: { column: Weight, type: float }
      trusted: { column: Trusted, type: bool }
query: |
"#;

/// The tables beside it.
pub const TABLES: [(&str, &str); 5] = [
    (
        "watched.csv",
        "Ports,Programs,Name,Level\n\"80,443\",\"cmd.exe,a\",web,high\n443,*,tls,low\n\"-1,7\",É.exe,it's,high\n\"65535,0,1,2,3\",*,edge,low\n80,*,web,low\n",
    ),
    (
        "pairs.csv",
        "Who,What\ncmd.exe,shell\nCMD.EXE,SHELL\na,first\na,second\nsvc host,443\nÉ.exe,it's\n443,\"10.0.0.1\"\n",
    ),
    (
        "hosts.csv",
        "Address,Gateways,Site,Rank,Weight,Trusted\n10.0.0.1,*,hq,1,0.5,true\n8.8.8.8,\"10.0.0.1,::1\",it's,80,2.25,false\n::1,fe80::1,,443,,true\n1.1.1.1,*,hq,,80,\n",
    ),
    (
        "services.csv",
        "port,service\n80,web\n443,web\n7,echo\n-1,it's\n",
    ),
    (
        "families.csv",
        "program,family\ncmd.exe,shell\nCMD.EXE,SHELL\na,a\n443,\"10.0.0.1\"\n",
    ),
];
