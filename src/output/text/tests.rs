use serde_json::json;

use super::*;
use crate::finding::testing::{event, scan};
use crate::finding::{ExpiredException, FailOn, InactiveRule};

const RULES: &str = r#"
id: codebuild-project-changed-without-mfa
title: CodeBuild project created or changed without MFA
severity: high
description: A person created or reconfigured a build project.
remediation: |
  Require MFA for the role, and review the project's service role and source before
  the next build starts.
controls:
  nist-800-53-r5: [IA-2(1), AC-2(12)]
attack: [T1078.004]
match:
  eventSource: codebuild.amazonaws.com
  eventName: [CreateProject, UpdateProject]
  userIdentity.sessionContext.attributes.mfaAuthenticated: {not: "true"}
message: "{userIdentity.arn} changed {requestParameters.name} without MFA"
---
id: codebuild-plaintext-secret
title: A secret in plain text in a build environment
severity: critical
match:
  eventName: CreateProject
  requestParameters.environment.environmentVariables:
    any_element:
      name: {regex: "(?i)password|secret"}
      type: PLAINTEXT
      value: {exists: true}
message: "{matched.name} is set to {matched.value}"
---
id: policy-made-public
title: A bucket policy was opened to everyone
severity: medium
match:
  eventName: PutBucketPolicy
  requestParameters.bucketPolicy:
    json:
      Statement:
        any_element:
          Effect: Allow
          Principal: {equals: "*"}
message: "{requestParameters.bucketName} was opened by {userIdentity.arn}"
"#;

fn rendered(findings: &[Finding], sources: &SourceMap, options: TextOptions) -> String {
    let mut out = Vec::new();
    let mut sink = TextSink::new(&mut out, sources, options);
    let mut summary = Summary::default();
    for finding in findings {
        sink.finding(finding).unwrap();
        summary.count(finding);
    }
    summary.inputs.read = 1;
    summary.records.events = 5;
    summary.rules.active = 3;
    summary.judge(FailOn::default(), false);
    sink.finish(&summary).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn look() {
    let mut second = event();
    second["userIdentity"]["sessionContext"].take();
    second["userIdentity"]["arn"] = json!("arn:aws:sts::111122223333:assumed-role/a-role-with-a-rather-long-name-as-they-are-generated-by-stacks-1A2B3C4D5E6F/some.person@long-domain-name.example.com");
    second["requestParameters"]["name"] = json!("evil\u{1b}[2J\u{202e}name");
    let mut policy = event();
    policy["eventName"] = json!("PutBucketPolicy");
    policy["eventSource"] = json!("s3.amazonaws.com");
    policy["requestParameters"] = json!({"bucketName": "data", "bucketPolicy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\"},{\"Sid\":\"x\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\"}]}"});
    let mut events = vec![event(), second, policy];
    for i in 0..5 { let mut e = event(); e["eventID"] = json!(i); events.push(e); }
    let (findings, sources) = scan(RULES, &events);
    println!("{}", rendered(&findings, &sources, TextOptions::default()));
    println!("{}", rendered(&findings[..3], &sources, TextOptions{streaming:true, style: Style{colour:true,width:80},..TextOptions::default()}));
}
