//! Scalar functions and operators, one test for each page of families.

use super::*;

/// "ES|QL operators": arithmetic and its types.
#[test]
fn arithmetic() {
    values(&[
        ("7 / 2", "integer", json!(3)),
        ("-7 / 2", "integer", json!(-3)),
        ("-7 % 3", "integer", json!(-1)),
        ("7 / 2.0", "double", json!(3.5)),
        ("1 + 2147483648", "long", json!(2_147_483_649i64)),
        ("2147483647 + 1", "integer", json!(null)),
        ("1 / 0", "integer", json!(null)),
        ("1.0 / 0", "double", json!(null)),
        ("2 + 3 * 4 - -1", "integer", json!(15)),
        ("(2 + 3) * 4", "integer", json!(20)),
        ("1 + null", "integer", json!(null)),
        (
            "18446744073709551615 - 1::unsigned_long",
            "unsigned_long",
            json!(18_446_744_073_709_551_614u64),
        ),
        ("-1::long", "long", json!(-1)),
    ]);
    refused("ROW a = 1 + \"x\"", RefusalKind::Invalid, "+");
    refused(
        "ROW a = 18446744073709551615 + 1",
        RefusalKind::Invalid,
        "+",
    );
}

/// "ES|QL operators": comparisons, three truth values, IN, IS NULL.
#[test]
fn logic() {
    values(&[
        ("1 < 2.5", "boolean", json!(true)),
        ("\"a\" < \"b\"", "boolean", json!(true)),
        ("null == null", "boolean", json!(null)),
        ("null AND false", "boolean", json!(false)),
        ("null AND true", "boolean", json!(null)),
        ("null OR true", "boolean", json!(true)),
        ("NOT null", "boolean", json!(null)),
        ("NOT true OR true", "boolean", json!(true)),
        ("true OR true AND false", "boolean", json!(true)),
        ("1 IN (2, 1)", "boolean", json!(true)),
        ("1 IN (2, null)", "boolean", json!(null)),
        ("1 NOT IN (2, 3)", "boolean", json!(true)),
        ("null IN (1)", "boolean", json!(null)),
        ("null IS NULL", "boolean", json!(true)),
        ("1 + null IS NOT NULL", "boolean", json!(false)),
        (
            "TO_IP(\"10.0.0.1\") == \"10.0.0.1\"",
            "boolean",
            json!(true),
        ),
        ("TO_VERSION(\"1.10.0\") > \"1.9.0\"", "boolean", json!(true)),
        (
            "TO_VERSION(\"1.0.0-rc1\") < \"1.0.0\"",
            "boolean",
            json!(true),
        ),
    ]);
    refused("ROW a = true < false", RefusalKind::Invalid, "<");
    refused("ROW a = 1 == \"1\"", RefusalKind::Invalid, "==");
    refused(
        "ROW a = TO_IP(\"1.1.1.1\") == \"x\"",
        RefusalKind::Invalid,
        "==",
    );
    refused(
        "FROM net-1 | WHERE host.name == destination.ip",
        RefusalKind::Invalid,
        "==",
    );
}

/// "Conditional functions".
#[test]
fn choices() {
    values(&[
        ("CASE(false, 1, null, 2, 3)", "integer", json!(3)),
        ("CASE(false, 1)", "integer", json!(null)),
        ("CASE(true, 1, 2.5)", "double", json!(1.0)),
        ("CASE(true, \"a\", null)", "keyword", json!("a")),
        ("COALESCE(null, 1, 2)", "integer", json!(1)),
        ("COALESCE(null, [1, 2])", "integer", json!([1, 2])),
        ("GREATEST(1, 3, 2)", "integer", json!(3)),
        ("LEAST(1, null)", "integer", json!(null)),
        ("LEAST([4, 2], 3)", "integer", json!(2)),
        ("CLAMP(7, 1, 5)", "integer", json!(5)),
    ]);
    refused("ROW a = CASE(true, 1, \"x\")", RefusalKind::Invalid, "CASE");
    refused("ROW a = COALESCE()", RefusalKind::Invalid, "COALESCE");
}

/// "Mathematical functions".
#[test]
fn mathematics() {
    values(&[
        ("ABS(-3)", "integer", json!(3)),
        ("ABS(-2147483648)", "integer", json!(null)),
        ("CEIL(1.2)", "double", json!(2.0)),
        ("FLOOR(-1.2)", "double", json!(-2.0)),
        ("ROUND(2.5)", "double", json!(3.0)),
        ("ROUND(-2.5)", "double", json!(-3.0)),
        ("ROUND(1234, -2)", "integer", json!(1200)),
        ("ROUND(1.2345, 2)", "double", json!(1.23)),
        ("POW(2, 10)", "double", json!(1024.0)),
        ("SQRT(-1)", "double", json!(null)),
        ("LOG(2, 8)", "double", json!(3.0)),
        ("LOG10(1000)", "double", json!(3.0)),
        ("EXP(0)", "double", json!(1.0)),
        ("SIGNUM(-3.5)", "double", json!(-1.0)),
        (
            "ROUND(SIN(PI() / 2) + COS(0) + TAN(0), 6)",
            "double",
            json!(2.0),
        ),
        ("ATAN2(1, 1) * 4 - PI()", "double", json!(0.0)),
        ("HYPOT(3, 4)", "double", json!(5.0)),
        ("CBRT(27)", "double", json!(3.0)),
        ("ROUND_TO(7, 0, 5, 10)", "integer", json!(5)),
        ("SCALB(3.0, 4)", "double", json!(48.0)),
        ("COPY_SIGN(2, -1)", "double", json!(-2.0)),
        ("ROUND(E() - TAU(), 3)", "double", json!(-3.565)),
    ]);
}

/// "String functions".
#[test]
fn strings() {
    values(&[
        ("CONCAT(\"a\", \"-\", \"b\")", "keyword", json!("a-b")),
        ("CONCAT(\"a\", null)", "keyword", json!(null)),
        ("LENGTH(\"añ😀\")", "integer", json!(3)),
        ("BYTE_LENGTH(\"añ😀\")", "integer", json!(7)),
        ("SUBSTRING(\"hello\", 2, 3)", "keyword", json!("ell")),
        ("SUBSTRING(\"hello\", -2)", "keyword", json!("lo")),
        ("SUBSTRING(\"hello\", 0, 2)", "keyword", json!("he")),
        ("LEFT(\"hello\", 2)", "keyword", json!("he")),
        ("RIGHT(\"hello\", 2)", "keyword", json!("lo")),
        ("TRIM(\"  a b\t\")", "keyword", json!("a b")),
        ("LTRIM(\" a \")", "keyword", json!("a ")),
        ("RTRIM(\" a \")", "keyword", json!(" a")),
        ("TO_LOWER(\"ÄB\")", "keyword", json!("äb")),
        ("TO_UPPER([\"a\", \"ß\"])", "keyword", json!(["A", "SS"])),
        ("STARTS_WITH(\"hello\", \"he\")", "boolean", json!(true)),
        ("ENDS_WITH(\"hello\", \"LO\")", "boolean", json!(false)),
        ("CONTAINS(\"hello\", \"ell\")", "boolean", json!(true)),
        ("LOCATE(\"hello\", \"l\")", "integer", json!(3)),
        ("LOCATE(\"hello\", \"l\", 4)", "integer", json!(4)),
        ("LOCATE(\"hello\", \"z\")", "integer", json!(0)),
        (
            "SPLIT(\"a;b;;c\", \";\")",
            "keyword",
            json!(["a", "b", "", "c"]),
        ),
        ("REPEAT(\"ab\", 3)", "keyword", json!("ababab")),
        ("SPACE(2)", "keyword", json!("  ")),
        ("REVERSE(\"abc\")", "keyword", json!("cba")),
        (
            "REPLACE(\"a1b22\", \"[0-9]+\", \"<$0>\")",
            "keyword",
            json!("a<1>b<22>"),
        ),
        (
            "REPLACE(\"Foo.exe\", \"(?i)(fo+)\\\\.EXE$\", \"$1\")",
            "keyword",
            json!("Foo"),
        ),
        ("REPLACE(\"a.b\", \".\", \"$\")", "keyword", json!(null)),
        ("FROM_BASE64(TO_BASE64(\"añ\"))", "keyword", json!("añ")),
        ("TO_BASE64(\"a\")", "keyword", json!("YQ==")),
        ("URL_ENCODE(\"a b/c\")", "keyword", json!("a+b%2Fc")),
        ("URL_ENCODE_COMPONENT(\"a b~\")", "keyword", json!("a%20b~")),
        ("URL_DECODE(\"a%20b+c\")", "keyword", json!("a b c")),
        (
            "MD5(\"abc\")",
            "keyword",
            json!("900150983cd24fb0d6963f7d28e17f72"),
        ),
        (
            "HASH(\"sha-1\", \"abc\") == SHA1(\"abc\")",
            "boolean",
            json!(true),
        ),
    ]);
    refused(
        "ROW a = REPLACE(\"a\", \"(?=a)\", \"b\")",
        RefusalKind::Unknown,
        "REPLACE",
    );
    refused(
        "ROW a = REPLACE(\"a\", \"a*\", \"b\")",
        RefusalKind::Unknown,
        "REPLACE",
    );
    refused("ROW a = SOUNDEX(\"a\")", RefusalKind::Unknown, "SOUNDEX");
    refused("ROW a = LENGTH(1)", RefusalKind::Invalid, "LENGTH");
    refused(
        "ROW a = LENGTH(\"a\", \"b\")",
        RefusalKind::Invalid,
        "LENGTH",
    );
}

/// "Type conversion functions".
#[test]
fn conversions() {
    values(&[
        ("TO_INTEGER(\"12.5\")", "integer", json!(13)),
        ("TO_INTEGER(3000000000)", "integer", json!(null)),
        ("\"7\"::long", "long", json!(7)),
        (
            "TO_LONG(TO_DATETIME(\"1970-01-02\"))",
            "long",
            json!(86_400_000),
        ),
        ("TO_DOUBLE(\"x\")", "double", json!(null)),
        ("TO_LONG([\"1\", \"x\", \"3\"])", "long", json!([1, 3])),
        (
            "TO_BOOLEAN([\"TRUE\", \"yes\"])",
            "boolean",
            json!([true, false]),
        ),
        ("TO_STRING(1e19)", "keyword", json!("1.0E19")),
        ("TO_STRING(1.5)", "keyword", json!("1.5")),
        ("TO_STRING(0.0001)", "keyword", json!("1.0E-4")),
        (
            "TO_STRING(\"2024-01-02\"::date)",
            "keyword",
            json!("2024-01-02T00:00:00.000Z"),
        ),
        ("TO_IP(\"::ffff:1.2.3.4\")", "ip", json!("1.2.3.4")),
        ("TO_IP(\"1.2.3\")", "ip", json!(null)),
        ("TO_DATETIME(\"2024-02-30\")", "date", json!(null)),
        (
            "TO_DATETIME(\"2024-02-29T01:02:03.4567+02:00\")",
            "date",
            json!("2024-02-28T23:02:03.456Z"),
        ),
        ("TO_UNSIGNED_LONG(\"-1\")", "unsigned_long", json!(null)),
        ("TO_VERSION(\"1.2\")", "version", json!("1.2")),
        ("TO_DEGREES(PI())", "double", json!(180.0)),
        ("true::keyword", "keyword", json!("true")),
    ]);
    refused("ROW a = 1::geo_point", RefusalKind::Unknown, "::");
    refused("ROW a = TO_IP(1)", RefusalKind::Invalid, "TO_IP");
}

/// "Date-time functions", "ES|QL time spans".
#[test]
fn dates() {
    values(&[
        ("NOW()", "date", json!("2024-03-15T10:30:00.000Z")),
        ("NOW() - 30 days", "date", json!("2024-02-14T10:30:00.000Z")),
        (
            "1 hour + 30 minutes + NOW()",
            "date",
            json!("2024-03-15T12:00:00.000Z"),
        ),
        (
            "\"2024-01-31\"::date + 1 month",
            "date",
            json!("2024-02-29T00:00:00.000Z"),
        ),
        (
            "\"2024-01-31\" + 1 day",
            "date",
            json!("2024-02-01T00:00:00.000Z"),
        ),
        (
            "DATE_TRUNC(1 week, NOW())",
            "date",
            json!("2024-03-11T00:00:00.000Z"),
        ),
        (
            "DATE_TRUNC(1 quarter, NOW())",
            "date",
            json!("2024-01-01T00:00:00.000Z"),
        ),
        (
            "DATE_TRUNC(15 minutes, \"2024-03-15T10:44:59Z\")",
            "date",
            json!("2024-03-15T10:30:00.000Z"),
        ),
        (
            "DATE_DIFF(\"day\", \"2024-03-01\", NOW())",
            "integer",
            json!(14),
        ),
        (
            "DATE_DIFF(\"month\", \"2024-01-31\", \"2024-02-29\")",
            "integer",
            json!(0),
        ),
        (
            "DATE_DIFF(\"seconds\", NOW(), \"2024-03-15T10:29:00Z\")",
            "integer",
            json!(-60),
        ),
        ("DATE_EXTRACT(\"day_of_week\", NOW())", "long", json!(5)),
        ("DATE_EXTRACT(\"hour_of_day\", NOW())", "long", json!(10)),
        (
            "DATE_FORMAT(\"yyyy-MM-dd'T'HH:mm EEE\", NOW())",
            "keyword",
            json!("2024-03-15T10:30 Fri"),
        ),
        (
            "DATE_FORMAT(NOW())",
            "keyword",
            json!("2024-03-15T10:30:00.000Z"),
        ),
        (
            "DATE_PARSE(\"dd/MM/yyyy HH:mm\", \"02/03/2024 04:05\")",
            "date",
            json!("2024-03-02T04:05:00.000Z"),
        ),
        (
            "DATE_PARSE(\"yyyy-MM-dd\", \"2024-13-01\")",
            "date",
            json!(null),
        ),
        ("DATE_PARSE(null, \"2024-03-01\")", "date", json!(null)),
        ("DAY_NAME(NOW())", "keyword", json!("Friday")),
        ("MONTH_NAME(NOW())", "keyword", json!("March")),
        ("NOW() > \"2024-03-15\"", "boolean", json!(true)),
    ]);
    refused("ROW a = 1 day", RefusalKind::Invalid, "date_period");
    refused("ROW a = NOW() - NOW()", RefusalKind::Invalid, "-");
    refused("ROW a = 2 * 1 day", RefusalKind::Invalid, "*");
    refused("ROW a = 1 fortnight", RefusalKind::Invalid, "fortnight");
    refused(
        "ROW a = DATE_FORMAT(\"ww\", NOW())",
        RefusalKind::Unknown,
        "DATE_FORMAT",
    );
    refused(
        "ROW a = DATE_TRUNC(5 years, NOW())",
        RefusalKind::Unknown,
        "DATE_TRUNC",
    );
}

/// "IP functions".
#[test]
fn addresses() {
    values(&[
        (
            "CIDR_MATCH(TO_IP(\"10.1.2.3\"), \"10.0.0.0/8\", \"::/0\")",
            "boolean",
            json!(true),
        ),
        (
            "CIDR_MATCH(TO_IP(\"2001:db8::1\"), \"0.0.0.0/0\")",
            "boolean",
            json!(false),
        ),
        (
            "CIDR_MATCH(TO_IP(\"10.1.2.3\"), \"10.1.2.3\")",
            "boolean",
            json!(true),
        ),
        (
            "IP_PREFIX(TO_IP(\"10.1.2.3\"), 20, 0)",
            "ip",
            json!("10.1.0.0"),
        ),
    ]);
    refused(
        "FROM net-1 | WHERE CIDR_MATCH(host.name, \"10.0.0.0/8\")",
        RefusalKind::Invalid,
        "CIDR_MATCH",
    );
    refused(
        "FROM net-1 | WHERE CIDR_MATCH(destination.ip, \"10.0.0.0/99\")",
        RefusalKind::Invalid,
        "CIDR_MATCH",
    );
}

/// "Multivalue functions".
#[test]
fn several_values() {
    values(&[
        ("MV_COUNT([1, 1, 2])", "integer", json!(3)),
        ("MV_DEDUPE([2, 1, 2])", "integer", json!([2, 1])),
        ("MV_SORT([2, 1, 3], \"desc\")", "integer", json!([3, 2, 1])),
        ("MV_SLICE([1, 2, 3, 4], 1, 2)", "integer", json!([2, 3])),
        ("MV_SLICE([1, 2, 3, 4], -2, -1)", "integer", json!([3, 4])),
        ("MV_SLICE([1, 2], 5)", "integer", json!(null)),
        ("MV_FIRST([3, 1])", "integer", json!(3)),
        ("MV_LAST([3, 1])", "integer", json!(1)),
        ("MV_MIN([3, 1])", "integer", json!(1)),
        ("MV_MAX([\"a\", \"b\"])", "keyword", json!("b")),
        ("MV_SUM([1, 2])", "integer", json!(3)),
        ("MV_AVG([1, 2])", "double", json!(1.5)),
        ("MV_MEDIAN([1, 2])", "integer", json!(1)),
        ("MV_MEDIAN([1.0, 2.0])", "double", json!(1.5)),
        (
            "MV_MEDIAN_ABSOLUTE_DEVIATION([0, 2, 5, 6])",
            "integer",
            json!(2),
        ),
        ("MV_PERCENTILE([0.0, 10.0], 75)", "double", json!(7.5)),
        ("MV_PERCENTILE([0, 10], 75)", "integer", json!(7)),
        ("MV_CONCAT([\"a\", \"b\"], \"+\")", "keyword", json!("a+b")),
        (
            "MV_ZIP([\"a\", \"b\"], [\"1\"], \"-\")",
            "keyword",
            json!(["a-1", "b"]),
        ),
        ("MV_APPEND([1, 2], 2)", "integer", json!([1, 2, 2])),
        ("MV_APPEND(1, null)", "integer", json!(null)),
        ("MV_CONTAINS([1, 2, 3], [1, 3])", "boolean", json!(true)),
        ("MV_UNION([1, 2], [2, 3])", "integer", json!([1, 2, 3])),
        ("MV_INTERSECTION([1, 2], [2, 3])", "integer", json!(2)),
        ("MV_DIFFERENCE([1, 2], [2, 3])", "integer", json!(1)),
        ("MV_INTERSECTS([1, 2], [2, 3])", "boolean", json!(true)),
        ("[1, 2] + 1", "integer", json!(null)),
        ("LENGTH([\"a\", \"b\"])", "integer", json!(null)),
    ]);
}

/// "MATCH" and `:` on fields that are not analysed: any value.
#[test]
fn full_text() {
    assert_eq!(
        rows("FROM net-1 | WHERE tags : \"x\" | STATS COUNT(*)"),
        json!([[2]])
    );
    assert_eq!(
        rows("FROM net-1 | WHERE MATCH(destination.port, \"443\") | STATS COUNT(*)"),
        json!([[2]])
    );
    assert_eq!(
        rows("FROM net-1 | WHERE NOT tags : \"y\" | STATS COUNT(*)"),
        json!([[3]])
    );
    refused(
        "FROM net-1 | EVAL t = host.name | WHERE t : \"a\"",
        RefusalKind::Invalid,
        ":",
    );
    refused(
        "FROM net-1 | LIMIT 3 | WHERE tags : \"a\"",
        RefusalKind::Invalid,
        ":",
    );
    refused(
        "FROM net-1 | WHERE KQL(\"tags: x\")",
        RefusalKind::Unknown,
        "KQL",
    );
    refused(
        "FROM net-1 | WHERE QSTR(\"tags: x\")",
        RefusalKind::Unknown,
        "QSTR",
    );
}
