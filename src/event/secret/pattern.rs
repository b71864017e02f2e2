//! The forms that credentials have in a text.
//!
//! In comes a text; out come the patterns that may match it, each with a group
//! `secret`, and what else must hold of a match.

use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::{Captures, Regex};

use super::is_secret_key;
use super::random::looks_like_secret_access_key;

/// A pattern with a group `secret`.
pub(super) struct Pattern {
    text: &'static str,
    /// Built for the first text that it may match: most runs need few of them, and
    /// all together take some milliseconds.
    regex: OnceLock<Regex>,
    /// A text of ASCII that matches has one of these, whatever the case; empty for a
    /// pattern of characters of base64 alone, in a row.
    needs: &'static [&'static str],
    /// The shortest text that matches, in bytes.
    shortest: usize,
    /// What else must hold of a match.
    pub(super) is_secret: fn(&Captures<'_>) -> bool,
}

impl Pattern {
    pub(super) fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| constant(self.text))
    }
}

/// All patterns, and what tells which of them may match: nearly every text has
/// nothing that one of them needs.
pub(super) struct Patterns {
    patterns: Vec<Pattern>,
    needs: AhoCorasick,
    /// Of each need, the pattern.
    of_need: Vec<usize>,
}

impl Patterns {
    pub(super) fn get() -> &'static Patterns {
        static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(patterns()));
        &PATTERNS
    }

    #[expect(
        clippy::expect_used,
        reason = "what is searched for is constant and built by the tests"
    )]
    fn new(patterns: Vec<Pattern>) -> Self {
        let numbered = patterns.iter().enumerate();
        let (of_need, needs): (Vec<usize>, Vec<&str>) = numbered
            .flat_map(|(number, pattern)| pattern.needs.iter().map(move |need| (number, *need)))
            .unzip();
        let needs = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(needs);
        Patterns {
            patterns,
            needs: needs.expect("a few short texts"),
            of_need,
        }
    }

    /// The patterns that a text may match, by what it has of their needs.
    pub(super) fn that_may_match(&self, text: &str) -> impl Iterator<Item = &Pattern> {
        let mut wanted: u64 = 0;
        if text.is_ascii() {
            for found in self.needs.find_overlapping_iter(text) {
                wanted |= 1 << self.of_need[found.pattern().as_usize()];
            }
        } else {
            // Letters beyond ASCII may be others than they seem, without regard to case.
            wanted = u64::MAX;
        }
        let patterns = self.patterns.iter().enumerate();
        patterns.filter_map(move |(number, pattern)| {
            let may_match = text.len() >= pattern.shortest
                && match pattern.needs {
                    [] => has_run(text, pattern.shortest),
                    _ => wanted >> number & 1 == 1,
                };
            may_match.then_some(pattern)
        })
    }
}

/// Whether so many characters of base64 or its form for URLs stand in a row.
fn has_run(text: &str, length: usize) -> bool {
    let is_of_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/_-".contains(byte);
    let mut run = 0;
    text.as_bytes().iter().any(|byte| {
        run = if is_of_base64(byte) { run + 1 } else { 0 };
        run >= length
    })
}

fn patterns() -> Vec<Pattern> {
    let always: fn(&Captures<'_>) -> bool = |_| true;
    let pattern = |text, needs, shortest, is_secret| Pattern {
        text,
        regex: OnceLock::new(),
        needs,
        shortest,
        is_secret,
    };
    vec![
        // A private key, also one that was cut off.
        pattern(
            r"(?s)(?P<secret>-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$))",
            &["-----BEGIN "],
            0,
            always,
        ),
        // The password of a URL, and a long user name without one: a token.
        pattern(
            r#"://[^\s/:@"'\\]*:(?P<secret>[^\s/@"'\\]+)@"#,
            &["://"],
            0,
            always,
        ),
        pattern(
            r#"://(?P<secret>[A-Za-z0-9_\-]{20,})(?::x-oauth-basic)?@"#,
            &["://"],
            0,
            always,
        ),
        // Tokens that say whose they are: GitHub, GitLab, Slack, npm, PyPI, Stripe.
        pattern(
            concat!(
                r"\b(?P<secret>gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,}",
                r"|gl(?:pat|dt|rt|cbt|ptt|soat|ft|imt|agent)-[A-Za-z0-9_\-]{20,}",
                r"|xox[abceoprs]-[A-Za-z0-9\-]{10,}|xapp-[A-Za-z0-9\-]{10,}",
                r"|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_\-]{50,}|[rs]k_live_[A-Za-z0-9]{16,})",
            ),
            &[
                "gh",
                "github_pat_",
                "gl",
                "xox",
                "xapp-",
                "npm_",
                "pypi-",
                "k_live_",
            ],
            15,
            always,
        ),
        pattern(
            r"hooks\.slack\.com/services/(?P<secret>[A-Za-z0-9/]{20,})",
            &["hooks.slack.com"],
            0,
            always,
        ),
        // Signed and encrypted JSON web tokens.
        pattern(
            r"\b(?P<secret>eyJ[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*){2,4})",
            &["eyJ"],
            0,
            always,
        ),
        // Session tokens of AWS: a short list of beginnings, hundreds of characters.
        pattern(
            r"\b(?P<secret>(?:IQoJ|FwoG|FQoG|FQoD|AQoD)[A-Za-z0-9+/=%]{60,})",
            &["IQoJ", "FwoG", "FQoG", "FQoD", "AQoD"],
            64,
            always,
        ),
        pattern(
            r"(?i)\b(?:bearer|basic|token)\s+(?P<secret>[A-Za-z0-9._~+/\-]{16,}=*)",
            &["bearer", "basic", "token"],
            22,
            |captures| captures["secret"].bytes().any(|byte| byte.is_ascii_digit()),
        ),
        // Secret access keys of AWS: 40 characters that stand alone and look random.
        pattern(r"(?P<secret>[A-Za-z0-9+/_\-]{40,})", &[], 40, |captures| {
            looks_like_secret_access_key(&captures["secret"])
        }),
        // name=value, --name value, "name": "value".
        pattern(
            r#"(?P<name>[A-Za-z_][A-Za-z0-9_\-]*)=(?P<secret>[^\s"'&,;\\]+)"#,
            &["="],
            0,
            names_a_secret,
        ),
        pattern(
            r#"(?P<name>[A-Za-z_][A-Za-z0-9_\-]*)=\\?["'](?P<secret>[^"'\\]+)"#,
            &["="],
            0,
            names_a_secret,
        ),
        pattern(
            r#"--(?P<name>[A-Za-z][A-Za-z0-9\-]*)\s+(?P<secret>[^\s"'\-][^\s"']*)"#,
            &["--"],
            0,
            names_a_secret,
        ),
        pattern(
            r#""(?P<name>[A-Za-z_][A-Za-z0-9_\-]*)\\*"\s*:\s*\\*"(?P<secret>[^"\\]+)"#,
            &["\""],
            0,
            names_a_secret,
        ),
    ]
}

fn names_a_secret(captures: &Captures<'_>) -> bool {
    is_secret_key(&captures["name"])
}

/// A pattern of these files, which a test compiles.
#[expect(
    clippy::expect_used,
    reason = "the patterns are constants and every one is compiled by the tests"
)]
pub(super) fn constant(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern compiles")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_text() -> impl Strategy<Value = String> {
        const PARTS: &[&str] = &[
            "-----BEGIN RSA PRIVATE KEY-----",
            "://",
            "ana:s3cr3t@",
            "@h",
            "ghp_",
            "github_pat_",
            "glpat-",
            "glagent-",
            "xoxb-",
            "xapp-",
            "npm_",
            "pypi-",
            "sk_live_",
            "hooks.slack.com/services/",
            "eyJ",
            ".",
            "FwoG",
            "AQoD",
            "Bearer ",
            "basic\t",
            "to\u{212a}en ",
            "ba\u{17f}ic ",
            "password",
            "=",
            "'",
            "\"",
            "--",
            " ",
            ":",
            "x1Y2z3A4b5",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0",
        ];
        prop::collection::vec(prop::sample::select(PARTS), 0..9).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn a_pattern_that_matches_is_one_that_may(text in any_text()) {
            let patterns = Patterns::get();
            let may: Vec<&str> = patterns.that_may_match(&text).map(|p| p.text).collect();
            for pattern in &patterns.patterns {
                let matches = pattern.regex().is_match(&text);
                prop_assert!(!matches || may.contains(&pattern.text), "{}", pattern.text);
            }
        }
    }
}
