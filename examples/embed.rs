//! Judges one record with one rule: `cargo run --example embed`.
#![allow(clippy::print_stdout)]

use trailgate::diagnostic::{Style, render_text};
use trailgate::engine::Engine;
use trailgate::finding::Finding;
use trailgate::rule::{RulesFile, load};

const RULES: &str = "
id: bucket-deleted
title: Bucket deleted
severity: medium
match:
  eventSource: s3.amazonaws.com
  eventName: DeleteBucket
  errorCode: {exists: false}
message: '{userIdentity.arn} deleted {requestParameters.bucketName}'
";

const RECORD: &str = r#"{
  "eventVersion": "1.11",
  "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana"},
  "eventTime": "2026-01-05T09:14:07Z",
  "eventSource": "s3.amazonaws.com",
  "eventName": "DeleteBucket",
  "awsRegion": "eu-west-1",
  "requestParameters": {"bucketName": "reports-2026"}
}"#;

fn main() -> Result<(), serde_json::Error> {
    let file = RulesFile::of_user("bucket.yaml", RULES);
    let loaded = load(vec![file], &[]);
    for diagnostic in loaded.diagnostics.iter().filter(|d| d.is_error()) {
        let sources = loaded.set.sources();
        print!("{}", render_text(diagnostic, sources, Style::default()));
    }

    let engine = Engine::new(&loaded.set);
    let record = serde_json::from_str(RECORD)?;
    let judgement = engine.judge(&record, "an example", 1);
    for finding in &judgement.findings {
        show(finding);
    }
    Ok(())
}

fn show(finding: &Finding) {
    let (severity, message) = (finding.severity, &finding.message);
    println!("{severity}: {message} ({})", finding.rule);
    for field in &finding.fields {
        match &field.value {
            Some(value) => println!("  {} is {value}", field.path),
            None => println!("  {} is not there", field.path),
        }
    }
}
