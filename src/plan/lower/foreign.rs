//! Words that other query languages have and this one has not, where the syntax takes them for names.

/// What to do instead of a constant of another language.
pub(super) fn constant(name: &str) -> Option<&'static str> {
    Some(match name.to_lowercase().as_str() {
        "null" | "none" | "nil" | "undefined" | "missing" | "empty" => {
            "absent, null and empty are one state here: test it with `x is missing` or `x exists`; a value for only some rows is made by `agg(x) where …` in a group"
        }
        "today" | "yesterday" | "current_timestamp" | "sysdate" => {
            "times are counted from `now`: `time >= now - 1d`, or `from … within 24h`"
        }
        _ => return None,
    })
}

/// What to do instead of a function of another language.
pub(super) fn function(name: &str) -> Option<&'static str> {
    Some(match name.to_lowercase().as_str() {
        "now" => "`now` is a word, without brackets",
        "split" | "mv_split" => "there is no splitting; take a part with `extract(text, /(…)/)`",
        "trim" | "ltrim" | "rtrim" | "trim_start" | "trim_end" => {
            "extract the part with `extract(text, /(…)/)`"
        }
        "datetime" | "todatetime" | "to_datetime" | "date" => {
            "times are counted from `now`: `time >= now - 7d`"
        }
        "timespan" | "totimespan" => "durations are literals: `90s`, `5m`, `24h`, `7d`",
        "startofday" | "date_trunc" | "bucket" | "bin_at" | "floor" => {
            "`bin(time, 24h)` is the start of the day; windows count from midnight UTC"
        }
        "countif" | "count_if" => "`n = count() where …` in the block of a `group`",
        "dcountif" | "sumif" | "make_set_if" | "avgif" | "minif" | "maxif" => {
            "an aggregate takes a condition after it: `n = count_distinct(x) where …`"
        }
        "arg_max" | "last" | "top" => "`latest(x)` gives what the newest row of the group holds",
        "arg_min" | "first" => "`earliest(x)` gives what the oldest row of the group holds",
        "percentile" | "median" | "stdev" | "stddev" | "variance" => {
            "there are no percentiles or deviations; `avg`, `min` and `max` are exact everywhere"
        }
        "geo_info_from_ip_address" | "geoip" | "iplocation" => {
            "`enrich country = geo_country(ip)`, a step of its own"
        }
        "parse_json" | "todynamic" | "json_extract" | "dynamic" => {
            "fields inside JSON belong into the schema, not into a hunt"
        }
        "round" | "ceiling" | "ceil" | "abs" | "pow" | "sqrt" | "log" | "exp" => {
            "there is no such arithmetic; `+ - * /` are what every platform computes alike"
        }
        "bool" | "tobool" => "a condition is a bool already; to test a column write `x == true`",
        _ => return None,
    })
}
