//! Rule sets as large as packs get, a mix like real ones.
//!
//! Most name an event source and an event name and ask one to four more
//! conditions; of ten one has a regex, a glob or a network and one a negation; of
//! fifty one consists of negations alone, so that nothing can be looked up for
//! it. A smaller set is the beginning of a larger one. The first three rules
//! match 8 events in 10,000; every other asks for something that no event of the
//! corpus has, as a pack over a quiet trail does.

use std::fmt::Write as _;

use trailgate::rule::RulesFile;

use super::calls::{self, Call};
use super::random::Random;
use super::world::{self, REGIONS};

/// Rules of one file.
const PER_FILE: usize = 100;

const MATCHING: &[&str] = &[
    "  eventSource: cloudtrail.amazonaws.com\n  eventName: [StopLogging, DeleteTrail, UpdateTrail]\n",
    "  userIdentity.type: Root\n  userIdentity.invokedBy: {exists: false}\n  eventName: ConsoleLogin\n",
    "  eventSource: s3.amazonaws.com\n  eventName: [DeleteObject, DeleteObjects]\n  \
       requestParameters.bucketName: audit-archive\n",
];

/// The first `count` rules, in files of a hundred.
pub fn files(count: usize) -> Vec<RulesFile> {
    let writer = Writer {
        calls: [calls::seen(), calls::unseen()].concat(),
        accounts: world::accounts(),
    };
    let numbers: Vec<_> = (0..count).collect();
    let files = numbers.chunks(PER_FILE).map(|numbers| {
        let text: String = numbers.iter().map(|number| writer.rule(*number)).collect();
        RulesFile::of_user(format!("generated-{:03}.yaml", numbers[0] / PER_FILE), text)
    });
    files.collect()
}

struct Writer {
    calls: Vec<Call>,
    accounts: Vec<String>,
}

/// Selectors with what stands behind them; no selector twice.
type Conditions = Vec<(&'static str, String)>;

impl Writer {
    fn rule(&self, number: usize) -> String {
        let mut text = format!(
            "---\nid: generated-{number:05}\ntitle: Generated rule {number}\nseverity: medium\nmatch:\n"
        );
        match MATCHING.get(number) {
            Some(conditions) => text.push_str(conditions),
            None => {
                for (selector, condition) in self.conditions(number) {
                    let _ = writeln!(text, "  {selector}: {condition}");
                }
            }
        }
        text
    }

    fn conditions(&self, number: usize) -> Conditions {
        let mut random = Random::new(0x0041_0000 + number as u64);
        let random = &mut random;
        if number % 50 == 25 {
            return self.negations_alone(random);
        }
        let call = *random.pick(&self.calls);
        let mut conditions = self.names(call, random);
        let narrow = match number % 10 {
            3 => pattern(random),
            _ => narrow(call, random),
        };
        add(&mut conditions, narrow);
        if number % 10 == 7 {
            let negation = negation(random);
            add(&mut conditions, negation);
        }
        for _ in 0..random.below(4) {
            let condition = common(random);
            add(&mut conditions, condition);
        }
        // Where the condition stands that no event meets is chance.
        let names = conditions.len().min(2);
        for place in (names + 1..conditions.len()).rev() {
            conditions.swap(place, names + random.below(place + 1 - names));
        }
        conditions
    }

    /// What a rule says about the call itself.
    fn names(&self, call: Call, random: &mut Random) -> Conditions {
        let source = ("eventSource", format!("{}.amazonaws.com", call.service));
        let name = ("eventName", call.name.to_owned());
        match random.below(100) {
            0..=64 => vec![source, name],
            65..=86 => {
                let siblings: Vec<_> = self
                    .calls
                    .iter()
                    .filter(|other| other.service == call.service)
                    .collect();
                let mut names = vec![call.name];
                for _ in 0..1 + random.below(4) {
                    let other = random.pick(&siblings).name;
                    if !names.contains(&other) {
                        names.push(other);
                    }
                }
                vec![source, ("eventName", format!("[{}]", names.join(", ")))]
            }
            87..=91 => vec![name],
            92..=95 => vec![source],
            // The witness is another field.
            _ => vec![],
        }
    }

    fn negations_alone(&self, random: &mut Random) -> Conditions {
        let mut conditions = if random.once_in(2) {
            let strange = format!("99999999{:04}", random.below(10_000));
            let known = self.accounts.join("\", \"");
            vec![(
                "recipientAccountId",
                format!("{{not: [\"{known}\", \"{strange}\"]}}"),
            )]
        } else {
            let known = REGIONS.join(", ");
            vec![(
                "awsRegion",
                format!("{{not: [{known}, mx-test-{}]}}", random.below(10_000)),
            )]
        };
        for _ in 0..random.below(3) {
            let condition = negation(random);
            add(&mut conditions, condition);
        }
        conditions
    }
}

fn add(conditions: &mut Conditions, condition: (&'static str, String)) {
    if conditions
        .iter()
        .all(|(selector, _)| *selector != condition.0)
    {
        conditions.push(condition);
    }
}

/// What no event of the corpus meets, by equality or a part of the text.
fn narrow(call: Call, random: &mut Random) -> (&'static str, String) {
    let n = random.below(100_000);
    match random.below(10) {
        0 | 1 => match call.service {
            "s3" => ("requestParameters.bucketName", format!("restricted-{n}")),
            "iam" | "sts" => ("requestParameters.roleName", format!("break-glass-{n}")),
            "ec2" => (
                "requestParameters.ipPermissions.items.ipRanges.items.cidrIp",
                format!("\"203.0.{}.0/24\"", n % 256),
            ),
            "kms" => (
                "requestParameters.keyId",
                format!("{{ends_with: \"key/retired-{n}\"}}"),
            ),
            _ => (
                "requestParameters.name",
                format!("{{starts_with: retired-{n}}}"),
            ),
        },
        2 => ("userIdentity.userName", format!("legacy-{n}")),
        3 => {
            let names: Vec<_> = (0..5)
                .map(|step| format!("contractor-{}", n + step))
                .collect();
            ("userIdentity.userName", format!("[{}]", names.join(", ")))
        }
        4 => (
            "userIdentity.sessionContext.sessionIssuer.userName",
            format!("break-glass-{n}"),
        ),
        5 => (
            "userIdentity.sessionContext.sessionIssuer.arn",
            format!("arn:aws:iam::999999990000:role/admin-{n}"),
        ),
        6 => (
            "recipientAccountId",
            format!("\"88888888{:04}\"", n % 10_000),
        ),
        7 => (
            "userIdentity.arn",
            format!("{{contains: \"/emergency-{n}\"}}"),
        ),
        8 => ("userAgent", format!("{{contains: \"toolkit-{n}\"}}")),
        _ => (
            "sourceIPAddress",
            format!("[203.0.113.{}, 192.0.2.{}]", n % 256, n / 256 % 256),
        ),
    }
}

/// The same, by a regex, a glob or a network.
fn pattern(random: &mut Random) -> (&'static str, String) {
    let n = random.below(100_000);
    match random.below(6) {
        0 => (
            "sourceIPAddress",
            format!(
                "{{cidr: [203.0.113.{}/28, \"2001:db9:{:x}::/48\"]}}",
                n % 16 * 16,
                n % 65_536
            ),
        ),
        1 => (
            "sourceIPAddress",
            format!("{{cidr: 192.0.2.{}/30}}", n % 64 * 4),
        ),
        2 => (
            "userAgent",
            format!("{{regex: '(?i)scanner-{n}/[0-9]+\\.[0-9]+'}}"),
        ),
        3 => ("userAgent", format!("{{glob: \"*kit-{n}*\"}}")),
        4 => (
            "userIdentity.arn",
            format!("{{glob: \"arn:aws:sts::*:assumed-role/break-glass-{n}-*/*\"}}"),
        ),
        _ => (
            "userIdentity.sessionContext.sessionIssuer.userName",
            format!("{{regex: '^(admin|root)-{n}-[a-z]+$'}}"),
        ),
    }
}

/// What most events meet because they lack something.
fn negation(random: &mut Random) -> (&'static str, String) {
    let n = random.below(100_000);
    match random.below(6) {
        0 => (
            "userIdentity.sessionContext.attributes.mfaAuthenticated",
            "{not: \"true\"}".to_owned(),
        ),
        1 => (
            "userIdentity.arn",
            format!("{{not: {{contains: \"deploy-{n}\"}}}}"),
        ),
        2 => (
            "sourceIPAddress",
            format!("{{not: {{cidr: 203.0.{}.0/24}}}}", n % 256),
        ),
        3 => (
            "userIdentity.invokedBy",
            format!("{{not: svc-{n}.amazonaws.com}}"),
        ),
        4 => (
            "errorCode",
            "{not: [AccessDenied, Client.UnauthorizedOperation]}".to_owned(),
        ),
        _ => (
            "none",
            format!("[{{userIdentity.type: AWSService}}, {{userIdentity.userName: ci-{n}}}]"),
        ),
    }
}

/// What many events meet.
fn common(random: &mut Random) -> (&'static str, String) {
    let conditions = [
        ("userIdentity.type", "AssumedRole"),
        ("userIdentity.type", "[IAMUser, AssumedRole, Root]"),
        ("userIdentity.type", "[IAMUser, FederatedUser, SAMLUser]"),
        ("errorCode", "{exists: false}"),
        ("errorCode", "[AccessDenied, Client.UnauthorizedOperation]"),
        ("readOnly", "false"),
        ("eventType", "AwsApiCall"),
        ("managementEvent", "true"),
        ("awsRegion", "[us-east-1, eu-central-1]"),
        ("userIdentity.invokedBy", "{exists: false}"),
        ("userIdentity.accessKeyId", "{starts_with: ASIA}"),
        ("tlsDetails.tlsVersion", "TLSv1.2"),
        ("userAgent", "{contains: aws-cli}"),
        ("resources.type", "AWS::S3::Bucket"),
        ("requestParameters", "{exists: true}"),
    ];
    let (selector, condition) = random.pick(&conditions);
    (selector, (*condition).to_owned())
}
