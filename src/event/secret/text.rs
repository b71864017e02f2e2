//! Credentials inside a text, known by their form.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use percent_encoding::percent_decode_str;
use regex::{Captures, Regex};
use serde_json::Value;

use super::{is_placeholder, is_secret_key, mask_of, masked};

/// Whether any part of the text would be masked.
pub fn looks_like_credential(text: &str) -> bool {
    matches!(mask_text(text), Cow::Owned(_))
}

/// The text with every credential in it masked; borrowed when there is none.
/// Text that is JSON is read as such, so that its keys are heard too.
pub fn mask_text(text: &str) -> Cow<'_, str> {
    let mut shown = Cow::Borrowed(text);
    // Each round leaves less that is not a mask, so this ends, and ends where a
    // further round would change nothing.
    while let Some(next) = mask_json(&shown)
        .or_else(|| mask_patterns(&shown))
        .or_else(|| mask_encoded(&shown))
    {
        shown = Cow::Owned(next);
    }
    shown
}

/// Whether the text is a mask of ours and nothing else.
pub(super) fn is_mask(text: &str) -> bool {
    MASK.find(text)
        .is_some_and(|found| found.len() == text.len())
}

/// JSON in a text, masked; `None` if it is no JSON or there is nothing to mask.
fn mask_json(text: &str) -> Option<String> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    let shown = masked(&value);
    (shown != value).then(|| shown.to_string())
}

/// Percent-encoded text, as policy documents are, decoded and masked; `None` if
/// it is not encoded or there is nothing to mask.
fn mask_encoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    mask_json(&decoded).or_else(|| mask_patterns(&decoded))
}

/// One round over what is no mask yet; `None` if it found nothing.
fn mask_patterns(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut changed = false;
    let mut at = 0;
    let end = text.len();
    let masks = MASK
        .find_iter(text)
        .map(|found| found.range())
        .chain(std::iter::once(end..end));
    for mask in masks {
        let segment = &text[at..mask.start];
        let mut shown_to = 0;
        for secret in secrets_in(segment) {
            out.push_str(&segment[shown_to..secret.start]);
            out.push_str(&mask_of(&segment[secret.clone()]));
            shown_to = secret.end;
            changed = true;
        }
        out.push_str(&segment[shown_to..]);
        out.push_str(&text[mask.clone()]);
        at = mask.end;
    }
    changed.then_some(out)
}

/// Where the secrets of a text are: in order, apart from each other, none a placeholder.
fn secrets_in(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for pattern in Patterns::get().that_may_match(text) {
        let captures = pattern.regex.captures_iter(text);
        for captures in captures.filter(|captures| (pattern.is_secret)(captures)) {
            found.extend(captures.name("secret").map(|secret| secret.range()));
        }
    }
    found.retain(|range| !is_placeholder(&text[range.clone()]));
    found.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in found {
        match merged.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

static MASK: LazyLock<Regex> =
    LazyLock::new(|| constant(r"\[masked, (?:1 character|[0-9]+ characters)\]"));

/// A pattern with a group `secret`.
struct Pattern {
    regex: Regex,
    /// A text of ASCII that matches has one of these, whatever the case; empty for a
    /// pattern that needs nothing of the kind.
    needs: &'static [&'static str],
    /// The shortest text that matches, in bytes.
    shortest: usize,
    /// What else must hold of a match.
    is_secret: fn(&Captures<'_>) -> bool,
}

/// All patterns, and what tells which of them may match: nearly every text has
/// nothing that one of them needs.
struct Patterns {
    patterns: Vec<Pattern>,
    needs: AhoCorasick,
    /// Of each need, the pattern.
    of_need: Vec<usize>,
}

impl Patterns {
    fn get() -> &'static Patterns {
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
    fn that_may_match(&self, text: &str) -> impl Iterator<Item = &Pattern> {
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
            let has_need = wanted >> number & 1 == 1 || pattern.needs.is_empty();
            (has_need && text.len() >= pattern.shortest).then_some(pattern)
        })
    }
}

fn patterns() -> Vec<Pattern> {
    let always: fn(&Captures<'_>) -> bool = |_| true;
    let pattern = |regex, needs, shortest, is_secret| Pattern {
        regex: constant(regex),
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

/// A pattern of this file, which a test compiles.
#[expect(
    clippy::expect_used,
    reason = "the patterns are constants and every one is compiled by the tests"
)]
fn constant(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern compiles")
}

/// Whether 40 characters are as mixed as a random key. Digests are hexadecimal,
/// paths and camel case change between kinds of characters too seldom.
fn looks_like_secret_access_key(text: &str) -> bool {
    text.len() == 40
        && !text.contains(['_', '-'])
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_uppercase())
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
        && changes_of_kind(text) >= 14
        && entropy(text) >= 4.4
}

/// How often a lower-case letter, an upper-case letter, a digit or a sign
/// follows one of another kind. About 25 in a random key.
fn changes_of_kind(text: &str) -> usize {
    let kind = |byte: u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    text.as_bytes()
        .windows(2)
        .filter(|pair| kind(pair[0]) != kind(pair[1]))
        .count()
}

/// Shannon entropy over the text's own bytes, in bits for each. About 4.7 in a
/// random key (one in 300 falls short of 4.4), 4.3 in the most mixed of names.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let total = f64::from(counts.iter().sum::<u32>());
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| f64::from(count) / total)
        .map(|share| -share * share.log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    /// Put together here so that no line of this file looks like a leaked token.
    fn github_token() -> String {
        format!("{}_{}", "ghp", "a1B2".repeat(9))
    }

    const ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    #[rstest]
    #[case::a_secret_access_key(ACCESS_KEY.to_owned(), "[masked, 40 characters]")]
    #[case::one_inside_a_command(
        format!("aws configure set x {ACCESS_KEY}; ls"),
        "aws configure set x [masked, 40 characters]; ls"
    )]
    #[case::a_url_with_a_password(
        "https://ana:s3cr3t@git.example.com/app.git".to_owned(),
        "https://ana:[masked, 6 characters]@git.example.com/app.git"
    )]
    #[case::a_url_with_a_token(
        "https://AbCdEfGhIjKlMnOpQrSt@github.com/o/r".to_owned(),
        "https://[masked, 20 characters]@github.com/o/r"
    )]
    #[case::a_github_token(format!("token is {}.", github_token()), "token is [masked, 40 characters].")]
    #[case::a_jwt(
        format!("t={}.{}.sig-nature", "eyJhbGciOiJI", "eyJzdWIiOiIxMjM0"),
        "t=[masked, 40 characters]"
    )]
    #[case::a_bearer_header(
        "Authorization: Bearer abcdef0123456789xyz".to_owned(),
        "Authorization: Bearer [masked, 19 characters]"
    )]
    #[case::a_private_key_that_is_cut_off(
        format!("{}{}", "x\n-----BEGIN RSA PRIVATE", " KEY-----\nMIIE"),
        "x\n[masked, 36 characters]"
    )]
    #[case::an_assignment(
        "export DB_PASSWORD=hunter2 STAGE=prod".to_owned(),
        "export DB_PASSWORD=[masked, 7 characters] STAGE=prod"
    )]
    #[case::a_quoted_assignment(
        "DB_PASSWORD='correct horse' x".to_owned(),
        "DB_PASSWORD='[masked, 13 characters]' x"
    )]
    #[case::a_double_quoted_assignment(
        "DB_PASSWORD=\"correct horse\" x".to_owned(),
        "DB_PASSWORD=\"[masked, 13 characters]\" x"
    )]
    #[case::a_flag(
        "aws rds create --master-user-password hunter2 --no-x".to_owned(),
        "aws rds create --master-user-password [masked, 7 characters] --no-x"
    )]
    #[case::json(
        r#"{"password": "hunter2", "port": 22}"#.to_owned(),
        r#"{"password":"[masked, 7 characters]","port":22}"#
    )]
    #[case::json_in_a_command(
        r#"curl -d '{"password": "hunter2"}'"#.to_owned(),
        r#"curl -d '{"password": "[masked, 7 characters]"}'"#
    )]
    #[case::two_of_them(
        "password=abc&token=defg".to_owned(),
        "password=[masked, 3 characters]&token=[masked, 4 characters]"
    )]
    fn credentials_in_a_text_are_masked(#[case] text: String, #[case] shown: &str) {
        assert_eq!(mask_text(&text), shown);
        assert!(looks_like_credential(&text));
    }

    #[test]
    fn a_session_token_is_masked() {
        let token = format!("{}{}", "IQoJb3JpZ2lu", "X2VjE/A".repeat(40));
        assert_eq!(mask_text(&token), "[masked, 292 characters]");
    }

    #[rstest]
    #[case::access_key_ids("AKIAIOSFODNN7EXAMPLE ASIAIOSFODNN7EXAMPLE")]
    #[case::a_role_session(
        "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForAmazonInspector2/MandoService2842426183934887787"
    )]
    #[case::a_sha1("da39a3ee5e6b4b0d3255bfef95601890afd80709")]
    #[case::a_sha256("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    #[case::a_sha256_in_base64("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]
    #[case::an_event_id("0c897921-eded-4cdf-ac2a-c0e5ed5f397d")]
    #[case::a_path_of_forty("AWSServiceRoleForAmazonEC2SpotFleet/Abc1")]
    #[case::a_user_agent(
        "APN/1.0 HashiCorp/1.0 Terraform/1.1.2 (+https://www.terraform.io) aws-sdk-go/1.44.157 (go1.19.3; linux; amd64)"
    )]
    #[case::a_secrets_arn(
        "SECRET=arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-a1b2c3"
    )]
    #[case::an_error_message(
        "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: secretsmanager:GetSecretValue on resource: prod/db"
    )]
    #[case::a_paging_token("nextToken=abcdef&maxResults=100")]
    #[case::a_git_url("ssh://git@github.com/example/app.git")]
    #[case::prose("basic authentication-requirements token rotation")]
    #[case::hidden("password=*** token=HIDDEN_DUE_TO_SECURITY_REASONS")]
    #[case::json_without_secrets(r#"{ "Version": "2012-10-17", "Statement": [] }"#)]
    #[case::a_mask("[masked, 40 characters]")]
    #[case::empty("")]
    fn everything_else_stays(#[case] text: &str) {
        assert_eq!(mask_text(text), text);
        assert!(!looks_like_credential(text));
    }

    #[test]
    fn percent_encoded_text_is_decoded_where_it_hides_something() {
        let key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzR4q8LmT2v";
        let encoded = format!("%7B%22note%22%3A%22{key}%22%7D");
        let shown = mask_text(&encoded);
        assert_eq!(shown, r#"{"note":"[masked, 40 characters]"}"#);
        assert_eq!(
            mask_text("password%3Dcorrect-horse"),
            "password=[masked, 13 characters]"
        );
        let harmless = "%7B%22Effect%22%3A%22Allow%22%7D and 100%";
        assert!(matches!(mask_text(harmless), Cow::Borrowed(_)));
    }

    #[test]
    fn json_is_read_however_deep_it_is_quoted() {
        let inner = r#"{"apiKey":"abc"}"#;
        let text =
            serde_json::json!({"body": serde_json::json!({"body": inner}).to_string()}).to_string();
        assert!(!mask_text(&text).contains("abc"));
    }

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
            let may: Vec<&str> = patterns.that_may_match(&text).map(|p| p.regex.as_str()).collect();
            for pattern in &patterns.patterns {
                let matches = pattern.regex.is_match(&text);
                prop_assert!(!matches || may.contains(&pattern.regex.as_str()), "{}", pattern.regex);
            }
        }
    }

    proptest! {
        #[test]
        fn masking_twice_is_masking_once(text in r#"(.|password=|"|token|://|:|@|\{|Bearer |[A-Za-z0-9/+]{40}|\[masked, 3 characters\]){0,12}"#) {
            let once = mask_text(&text).into_owned();
            prop_assert_eq!(mask_text(&once), once.as_str());
        }

        #[test]
        fn text_without_a_pattern_is_untouched(text in "[a-z .,()]{0,80}") {
            prop_assert_eq!(mask_text(&text), text.as_str());
        }

        #[test]
        fn a_token_never_survives_whatever_stands_around_it(
            before in "[ -~]{0,20}[ =:\"']", token in "ghp_[A-Za-z0-9]{36}", after in "([ \"',;][ -~]{0,20})?"
        ) {
            let text = format!("{before}{token}{after}");
            let shown = mask_text(&text);
            prop_assert!(!shown.contains(&token), "{}", shown);
        }

        #[test]
        fn hexadecimal_is_no_secret(text in "[0-9a-f]{40}") {
            prop_assert!(!looks_like_credential(&text));
        }
    }
}
