//! Rules and records made at random, nasty on purpose.

use serde_json::{Map, Value, json};

/// A small generator of numbers (SplitMix64): a seed gives the same run anywhere.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// Keys of which some are the beginnings of others.
const KEYS: &[&str] = &["a", "ab", "abc", "b", "c", "userIdentity", "accountId", ""];
const NAMES: &[&str] = &["CreateUser", "DeleteUser", "Create", "createuser", ""];
const SOURCES: &[&str] = &["iam.amazonaws.com", "s3.amazonaws.com", "aws:s3", ""];

/// Strings as JSON writes them, without their quotes.
const TEXTS: &[&str] = &[
    "",
    "a",
    "ab",
    "abc",
    "A",
    "ä",
    "Ä",
    "true",
    "false",
    "null",
    "1",
    "1.0",
    "1e0",
    "-0",
    "22",
    "18446744073709551616",
    "10.0.0.1",
    "10.0.0.0/9",
    "::ffff:10.1.2.3",
    "192.0.2.7",
    "2001:db8::1",
    "2001:db8::/40",
    "AWS Internal",
    "iam.amazonaws.com",
    "123456789012",
    "arn:aws:iam::123456789012:root",
    "2026-11-23T12:00:00Z",
    "2026-11-24T12:00:00.5+01:00",
    "2026-02-30T00:00:00Z",
    r"a\u0062c",
    r"\u00e4",
    r"\ud83d\ude00",
    r#"say \"ab\" \\"#,
    r"\u0061\n\t\/",
    r#"{\"a\": \"ab\"}"#,
    "%7B%22a%22%3A1%7D",
    r"\\",
    r#"\\\""#,
    "{\\\"a",
    "]}, {[",
    "a long text that takes more than one block of sixty-four bytes, quotes \\\" and brackets { [ included",
];

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "1.0",
    "22",
    "22.5",
    "1e3",
    "1E-2",
    "9007199254740993",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "123456789012345678901234567890",
    "1.7976931348623157e308",
    "123456789012",
];

/// What is no value of JSON, or one that serde_json refuses.
const FLAWS: &[&str] = &[
    "01",
    "1.",
    ".5",
    "+1",
    "1e",
    "1e999",
    "-",
    "tru",
    "nul",
    "NaN",
    r#""\x""#,
    r#""\u12""#,
    r#""\ud800""#,
    "\"\n\"",
    "\"\t\"",
    "",
    "[1,]",
    "[,]",
    "{\"a\"}",
    "{\"a\":}",
    "{,}",
    "{\"a\":1,}",
    "{a:1}",
    "[1 2]",
    "\"a",
    "}",
    "]",
    "'a'",
    "truefalse",
    "[1]]",
    "\"a\"b\"",
    "1 1",
];

/// A record as text; mostly an event, mostly well-formed.
pub fn record(random: &mut Random) -> Vec<u8> {
    let mut members: Vec<String> = Vec::new();
    let quoted = |text: &str| format!("\"{text}\"");
    let own: [(&str, &[&str]); 6] = [
        ("eventName", NAMES),
        ("eventSource", &SOURCES[..2]),
        ("eventVersion", &["1.08", "1"]),
        (
            "eventTime",
            &["2026-11-23T12:00:00Z", "2026-11-23t12:00:01Z", "soon"],
        ),
        ("recipientAccountId", &["123456789012", ""]),
        ("awsRegion", &["eu-central-1", ""]),
    ];
    for (index, (key, values)) in own.into_iter().enumerate() {
        if index < 2 && !random.one_in(50) || !random.one_in(3) {
            let value = if random.one_in(40) {
                value(random, 2)
            } else {
                quoted(random.pick(values))
            };
            members.push(member(random, key, &value));
        }
    }
    if random.one_in(30) {
        let (key, text) = [
            ("eventType", "AwsCloudTrailInsight"),
            ("eventCategory", "Insight"),
            ("insightDetails", ""),
            ("digestS3Object", ""),
            ("@timestamp", "2026-11-23T12:00:00Z"),
            ("eventVersion", "11.0"),
            ("eventSource", "aws:s3"),
            ("eventSource", ""),
        ][random.below(8)];
        members.insert(0, member(random, key, &quoted(text)));
    }
    for _ in 0..random.below(7) {
        let key = random.pick(KEYS);
        let value = value(random, 4);
        members.push(member(random, key, &value));
    }
    let at = random.below(members.len());
    members.rotate_left(at);
    if !random.one_in(20) {
        members = without_twins(members);
    }
    let mut record = format!("{{{}}}", members.join(",")).into_bytes();
    if random.one_in(25) {
        damage(random, &mut record);
    }
    record
}

/// Mostly a key stands once.
fn without_twins(members: Vec<String>) -> Vec<String> {
    let mut seen = Vec::new();
    members
        .into_iter()
        .filter(|member| {
            let key = member
                .split(':')
                .next()
                .unwrap_or_default()
                .trim()
                .to_owned();
            let new = !seen.contains(&key);
            seen.push(key);
            new
        })
        .collect()
}

fn member(random: &mut Random, key: &str, value: &str) -> String {
    let space = |random: &mut Random| random.pick(&["", "", "", "", " ", "\n\t", "  "]);
    let key = match random.below(400) {
        0 => key.replace('a', r"\u0061"),
        1 => format!("{key}\\n"),
        2 => format!("{key}\\\""),
        _ => key.to_owned(),
    };
    let spaces = [(); 4].map(|()| space(random));
    format!(
        "{}\"{key}\"{}:{}{value}{}",
        spaces[0], spaces[1], spaces[2], spaces[3]
    )
}

fn value(random: &mut Random, depth: usize) -> String {
    let kinds = if depth == 0 { 7 } else { 11 };
    match random.below(kinds) {
        0 => "null".to_owned(),
        1 => random.pick(&["true", "false"]).to_owned(),
        2 => random.pick(NUMBERS).to_owned(),
        3 if random.one_in(60) => random.pick(FLAWS).to_owned(),
        3 => format!("\"{}{}\"", random.pick(TEXTS), random.pick(TEXTS)),
        4..=6 => format!("\"{}\"", random.pick(TEXTS)),
        7 | 8 => {
            let elements: Vec<String> = (0..random.below(4))
                .map(|_| value(random, depth - 1))
                .collect();
            format!("[{}]", elements.join(random.pick(&[",", " , "])))
        }
        _ if random.one_in(60) => {
            let levels = [60, 126, 127, 128, 300][random.below(5)] - (4 - depth);
            format!("{}{}", "[".repeat(levels), "]".repeat(levels))
        }
        _ => {
            let mut members: Vec<String> = (0..random.below(4))
                .map(|_| {
                    let key = random.pick(KEYS);
                    let value = value(random, depth - 1);
                    member(random, key, &value)
                })
                .collect();
            if !random.one_in(40) {
                members = without_twins(members);
            }
            format!("{{{}}}", members.join(","))
        }
    }
}

fn damage(random: &mut Random, record: &mut Vec<u8>) {
    let at = random.below(record.len());
    match random.below(5) {
        0 => record.truncate(at),
        1 => record[at] = random.next() as u8,
        2 => {
            record.remove(at);
        }
        3 => record.insert(
            at,
            *b"\"{}[],:\\ \n\x00\xff\xc3"
                .get(random.below(13))
                .unwrap_or(&b'x'),
        ),
        _ => record.extend_from_slice(b" x"),
    }
}

const PATHS: &[&str] = &[
    "a",
    "ab",
    "abc",
    "b",
    "c",
    "a.b",
    "a.ab",
    "a.a",
    "b.a",
    "ab.abc.a",
    "c.b.a",
    "userIdentity",
    "userIdentity.accountId",
    "eventTime",
    "a.",
    "@a.@b",
    "@b",
    "a.*",
    "@a.#0",
    "@b.#-1.@a",
    "$..a",
    "$.b[?@.a].b",
    "this",
    "awsRegion",
];

/// The condition of a rule, as [`crate::reference::tests::build`] reads it.
pub fn condition(random: &mut Random) -> Value {
    let mut condition = clause(random, 3);
    if let Some(entries) = condition.as_object_mut()
        && !random.one_in(4)
    {
        for (key, values) in [("eventName", NAMES), ("eventSource", SOURCES)] {
            if !random.one_in(3) {
                let test = match random.below(6) {
                    0 => json!({"not": random.pick(values)}),
                    1 => json!({"starts_with": random.pick(values), "ignore_case": true}),
                    2 => json!({"glob": ["Create*", "*.amazonaws.*"]}),
                    3 => json!([random.pick(values), random.pick(values)]),
                    _ => json!(random.pick(values)),
                };
                entries.insert(key.to_owned(), test);
            }
        }
    }
    condition
}

/// The condition of one of many rules that ask of the same few fields.
pub fn crowded_condition(random: &mut Random) -> Value {
    let mut entries = Map::new();
    if !random.one_in(4) {
        entries.insert("eventName".to_owned(), json!(random.pick(NAMES)));
    }
    for _ in 0..=random.below(3) {
        let path = random.pick(&["a", "a", "ab", "b", "@b", "a.a", "userIdentity.accountId"]);
        let test = match random.below(4) {
            0 => test(random, 1),
            1 => json!({"not": crowded_test(random)}),
            _ => crowded_test(random),
        };
        entries.insert(path.to_owned(), test);
    }
    if random.one_in(8) {
        entries = Map::from_iter([("any".to_owned(), json!([entries, clause(random, 1)]))]);
    }
    Value::Object(entries)
}

/// Operands that overlap, are empty, or stand in each other.
fn crowded_test(random: &mut Random) -> Value {
    const PARTS: &[&str] = &[
        "", "a", "b", "ab", "ba", "abc", "bc", "A", "ä", "Ä", ".", "1", "10.", "aws", "am", ":",
        "%", " ",
    ];
    const PATTERNS: &[&str] = &[
        "", "^", "$", "^$", "a*", "b+", "^a", "c$", "(?i)Ä", "[0-9]+", r"\.", "a.c", "^.b",
        "aws|22", r"\bam",
    ];
    const NETWORKS: &[&str] = &[
        "10.0.0.0/8",
        "10.0.0.0/9",
        "10.0.0.1",
        "0.0.0.0/0",
        "192.0.2.0/24",
        "::/0",
        "2001:db8::/32",
        "2001:db8::1",
        "::ffff:10.0.0.0/104",
    ];
    const GLOBS: &[&str] = &[
        "a?c",
        "*a?*",
        "?*?",
        "*b*c",
        "10.*.*.1",
        "**",
        "a*b*",
        "*:iam::*:*",
        "?ä*",
    ];
    let mut some = |from: &[&str]| -> Vec<String> {
        (0..=random.below(3))
            .map(|_| random.pick(from).to_owned())
            .collect()
    };
    let (parts, globs, patterns) = (some(PARTS), some(GLOBS), some(PATTERNS));
    let (networks, ignore_case) = (some(NETWORKS), random.one_in(3));
    let operators = [
        "in",
        "contains",
        "contains",
        "contains_all",
        "starts_with",
        "ends_with",
    ];
    let operator = random.pick(&operators);
    let mut test = match random.below(12) {
        0..=5 => json!({operator: parts}),
        6 | 7 => json!({"glob": globs}),
        8 | 9 => json!({"regex": patterns}),
        10 => return json!({"cidr": networks}),
        _ => return json!({"length": {"gte": random.below(90)}}),
    };
    if ignore_case {
        test["ignore_case"] = json!(true);
    }
    test
}

fn clause(random: &mut Random, depth: usize) -> Value {
    let mut entries = Map::new();
    for _ in 0..=random.below(3) {
        let (key, value) = match random.below(if depth == 0 { 4 } else { 8 }) {
            0..=4 => (random.pick(PATHS).to_owned(), test(random, depth)),
            5 => ("not".to_owned(), clause(random, depth - 1)),
            6 => ("macro".to_owned(), clause(random, depth - 1)),
            _ => {
                let list: Vec<Value> = (0..=random.below(2))
                    .map(|_| clause(random, depth - 1))
                    .collect();
                (random.pick(&["any", "all", "none"]).to_owned(), json!(list))
            }
        };
        entries.insert(key, value);
    }
    Value::Object(entries)
}

/// A string as rules have it.
fn operand(random: &mut Random) -> String {
    let text = format!("\"{}\"", random.pick(TEXTS));
    serde_json::from_str(&text).unwrap()
}

fn test(random: &mut Random, depth: usize) -> Value {
    let fixed = [
        json!({"exists": true}),
        json!({"exists": false}),
        json!({"gt": 0}),
        json!({"lte": 22}),
        json!({"gte": "2026-11-23T12:00:00Z"}),
        json!({"length": {"lte": 2}}),
        json!({"length": 0}),
        json!({"schedule": 0}),
        json!({"cidr": ["10.0.0.0/8"]}),
        json!({"prefix_length": {"gte": 9}}),
        json!({"account": {"not": "1"}}),
        json!({"account": "123456789012"}),
        json!({"is": ["ip", "null", "array"]}),
        json!({"is": ["missing", "string"]}),
        json!({"is": ["empty", "arn", "boolean"]}),
        json!({"is": ["object", "number", "aws_service", "account_id"]}),
        json!({"is": ["private_ip", "empty"]}),
        json!({"regex": ["^a", "B$"]}),
        json!({"regex": "^AB", "ignore_case": true}),
        json!({"glob": ["a*c", "*b*", "?"]}),
        json!({"glob": ["2*", "?", "*u*"], "scalars": true}),
        json!({"contains": ["2", "TR"], "ignore_case": true, "scalars": true}),
        json!({"starts_with": ["1", "a"], "scalars": true}),
        json!({"regex": ["^2", "e$"], "scalars": true}),
        json!({"hour": 12}),
        json!({"week": {"lt": 48}}),
        json!({"starts_with": "a", "not": {"ends_with": "c"}}),
    ];
    match random.below(if depth == 0 { 12 } else { 15 }) {
        0..=3 => fixed[random.below(fixed.len())].clone(),
        4..=6 => json!(operand(random)),
        7 => json!([operand(random), operand(random), "22"]),
        8 | 9 => {
            let operator = random.pick(&[
                "equals",
                "contains",
                "contains_all",
                "starts_with",
                "ends_with",
                "glob",
            ]);
            match random.one_in(2) {
                true => json!({operator: [operand(random), "a"], "ignore_case": true}),
                false => json!({operator: operand(random)}),
            }
        }
        10 => {
            let relation = random.pick(&["same_as", "same_as", "starts_as", "ends_as", "holds"]);
            match random.one_in(2) {
                true => json!({relation: random.pick(PATHS), "ignore_case": true}),
                false => json!({relation: random.pick(PATHS)}),
            }
        }
        11 | 12 => json!({"not": test(random, depth.saturating_sub(1))}),
        _ => {
            let block = random.pick(&[
                "any_element",
                "every_element",
                "no_element",
                "any_entry",
                "json",
            ]);
            json!({block: clause(random, depth - 1)})
        }
    }
}
