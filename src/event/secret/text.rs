//! Credentials inside a text, and the text without them.
//!
//! In comes a text, which may be JSON or percent-encoded; out comes the same with
//! every match of a pattern (`pattern`) masked.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use percent_encoding::percent_decode_str;
use regex::Regex;
use serde_json::Value;

use super::pattern::{Patterns, constant};
use super::{is_placeholder, mask_of, masked};

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
    Patterns::get().that_may_match(text).next()?;
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
        let captures = pattern.regex().captures_iter(text);
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
