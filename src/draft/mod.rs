//! Drafts: the text of a new rule.
//!
//! In comes an id, and maybe an event; out comes a commented rule with tests that
//! loads without warnings and passes them. From an event the draft takes what
//! was called and offers its other fields as clauses to choose from; the event
//! itself, credentials masked, becomes the test.

mod candidates;
pub(crate) mod yaml;

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::event::{self, secret};

/// What `new` writes where there is no event to go by.
const SOURCE: &str = "codebuild.amazonaws.com";
const NAME: &str = "UpdateProject";

/// A rule to begin with.
pub fn blank(id: &str) -> String {
    let event = json!({
        "eventVersion": "1.11",
        "eventTime": "2026-01-05T09:14:07Z",
        "eventSource": SOURCE,
        "eventName": NAME,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.10",
        "recipientAccountId": "111122223333",
        "userIdentity": {
            "type": "IAMUser",
            "arn": "arn:aws:iam::111122223333:user/ana",
        },
        "requestParameters": {"name": "app-build"},
    });
    draft(id, SOURCE, NAME, &event)
}

/// A rule about events like this one. `None` where the event says neither what
/// was called nor of which service.
pub fn from_event(id: &str, event: &Value) -> Option<String> {
    let source = event::event_source(event)?;
    let name = event::event_name(event)?;
    Some(draft(id, source, name, &secret::masked(event)))
}

fn draft(id: &str, source: &str, name: &str, event: &Value) -> String {
    let mut text = format!(
        "# Check this file with `trailgate check`, run its tests with `trailgate test`.\n\
         id: {}\n\
         title: {}\n\
         severity: medium  # info, low, medium, high or critical\n\
         # severity_when:  # another severity where this matches; the first that does wins\n\
         #   - {{severity: low, match: {{errorCode: {{exists: true}}}}}}\n\
         description: |\n  \
           Say what happened, why it matters, and when it is harmless.\n\
         remediation: |\n  \
           Say what to do about a finding, and how to keep it from happening again.\n\
         # references: [https://docs.aws.amazon.com/...]\n\
         # tags: [first-tag]  # free words to choose rules by\n\
         # attack: [T1078.004]  # ATT&CK techniques\n\
         # controls:\n\
         #   nist-800-53-r5: [AC-2(12)]\n",
        yaml::scalar(id),
        yaml::scalar(&title(id)),
    );
    let _ = write!(
        text,
        "\n# Every entry must hold. `any:`, `all:` and `none:` take a list of such mappings.\n\
         match:\n  eventSource: {}\n  eventName: {}\n",
        yaml::scalar(source),
        yaml::scalar(name)
    );
    let candidates = candidates::of(event);
    if !candidates.is_empty() {
        text.push_str("  # Narrow it down with what else the event says:\n");
        for (selector, value) in candidates {
            let _ = writeln!(text, "  # {selector}: {value}");
        }
    }
    text.push_str(
        "\n# exceptions:  # matches that are accepted, by whom and until when\n\
         #   - reason: Say why\n\
         #     owner: a-team\n\
         #     expires: 2026-12-31\n\
         #     match: {userIdentity.arn: \"arn:aws:iam::111122223333:role/deploy\"}\n\
         # `{field}` stands for the event's value.\n\
         message: \"{userIdentity.arn} called {eventName} in {recipientAccountId}\"\n\
         # What makes two findings the same one across runs.\n\
         key: [userIdentity.arn, eventName, recipientAccountId, awsRegion]\n",
    );
    tests(&mut text, source, name, event);
    text
}

fn tests(text: &mut String, source: &str, name: &str, event: &Value) {
    let other = if name == "ListTagsForResource" {
        "DescribeTags"
    } else {
        "ListTagsForResource"
    };
    let elsewhere = if source == "s3.amazonaws.com" {
        "ec2.amazonaws.com"
    } else {
        "s3.amazonaws.com"
    };
    text.push_str(
        "\ntests:\n  - name: the call that the rule is about\n    expect: match\n    event:\n",
    );
    yaml::block(&without_words_of_tests(event), 6, text);
    let near_miss = |text: &mut String, what: &str, source: &str, name: &str| {
        let _ = write!(
            text,
            "  - name: {what}\n    expect: no_match\n    event: {{eventSource: {}, eventName: {}}}\n",
            yaml::scalar(source),
            yaml::scalar(name)
        );
    };
    near_miss(text, "another call to the same service", source, other);
    near_miss(text, "the same name in another service", elsewhere, name);
}

/// `file`, `set` and `unset` mean something in a test's event; no record has them.
fn without_words_of_tests(event: &Value) -> Value {
    let mut event = event.clone();
    if let Some(entries) = event.as_object_mut() {
        for word in ["file", "set", "unset"] {
            entries.shift_remove(word);
        }
    }
    event
}

/// `bucket-made-public` reads `Bucket made public`.
fn title(id: &str) -> String {
    let words = id.replace(['-', '_', '.'], " ");
    let mut characters = words.trim().chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => id.to_owned(),
    }
}

#[cfg(test)]
mod tests;
