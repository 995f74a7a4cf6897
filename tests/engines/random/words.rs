//! What random hunts and random rows speak of: few values, so that conditions are often nearly met.

/// Texts that ask much of quoting, of patterns, of case and of the order of characters.
pub const TEXTS: &[&str] = &[
    "cmd.exe",
    "CMD.EXE",
    "powershell.exe",
    "PowerShell.exe",
    "C:\\Windows\\cmd.exe",
    "svc host",
    "a",
    "A",
    "ab_c",
    "it's",
    "say \"x\"",
    "100%",
    "a.b.c",
    "é.exe",
    "É.EXE",
    "😀",
    "443",
    "-7",
    "007",
    "10.0.0.1",
    "::1",
    "$1",
    "{x}",
    " ",
    "x y-z",
];

/// Parts of texts.
pub const NEEDLES: &[&str] = &[
    "exe", "EXE", ".exe", "cmd", "a", "C:\\", "\\", "'", "\"", "%", "_", "é", "É", " ", "x", "😀",
    "4", "shell", "!", "{",
];

/// Words that `has_word` may ask for.
pub const WHOLE_WORDS: &[&str] = &[
    "exe", "EXE", "cmd", "host", "y", "a", "Windows", "443", "é", "x y",
];

/// Regexes of the language, as written between slashes.
pub const REGEXES: &[&str] = &[
    "exe$",
    "^cmd",
    "^(cmd|powershell)\\.exe$",
    "[0-9]+",
    "\\d{2,3}",
    "a.c",
    "^.$",
    "\\w+\\.\\w+",
    "\\s",
    "\\\\[^\\\\]+$",
    "[^a-z]",
    "x|y",
    "(?:é|e)\\.",
    "it's",
    "\\$1",
    "^[A-Z]",
    "%",
];

/// Regexes with one group, for `extract`.
pub const EXTRACTS: &[&str] = &[
    "([0-9]+)",
    "\\.(\\w+)$",
    "^(\\w+)",
    "([a-z]+)\\.exe",
    "\\\\([^\\\\]+)$",
    "^.(.)",
];

/// Addresses, canonical.
pub const ADDRESSES: &[&str] = &[
    "10.0.0.1",
    "10.255.255.255",
    "11.0.0.0",
    "172.16.0.0",
    "172.32.0.0",
    "192.168.1.7",
    "127.0.0.1",
    "100.64.0.1",
    "169.254.0.9",
    "8.8.8.8",
    "1.1.1.1",
    "100.0.0.17",
    "224.0.0.1",
    "255.255.255.255",
    "0.0.0.0",
    "::",
    "::1",
    "fe80::1",
    "fd00::1",
    "2001:db8::1",
    "2606:4700::1111",
    "2001::5",
    "ff02::1",
    "64:ff9b::808:808",
];

/// Networks.
pub const NETWORKS: &[&str] = &[
    "10.0.0.0/8",
    "10.0.0.0/31",
    "100.0.0.0/12",
    "8.8.8.8/32",
    "0.0.0.0/0",
    "192.168.0.0/17",
    "fe80::/10",
    "::/0",
    "2606:4700::/33",
    "::1/128",
    "fc00::/7",
    "224.0.0.0/3",
];

/// Whole numbers.
pub const NUMBERS: &[i64] = &[
    -1,
    0,
    1,
    2,
    3,
    7,
    79,
    80,
    81,
    443,
    444,
    1024,
    65_535,
    65_536,
    4_294_967_296,
];

/// Lookbacks and other lengths of time, as written.
pub const DURATIONS: &[&str] = &["1s", "90s", "5m", "1h", "3h", "24h", "2d"];

/// Widths of `bin`.
pub const WIDTHS: &[&str] = &["1s", "5m", "15m", "1h", "6h", "24h", "7d"];
