//! One record as CloudTrail writes it, from its number alone.

use std::fmt::Write as _;

use super::calls::{self, Call};
use super::detail;
use super::random::{Random, Zipf};
use super::world::{REGIONS, Role, Session, User, World};

/// Writes records.
#[derive(Debug)]
pub struct Events {
    pub(super) world: World,
    calls: Vec<Call>,
    skew: Zipf,
}

/// What the parts of a record agree on.
#[derive(Debug)]
pub struct Moment<'w> {
    pub call: Call,
    pub account: &'w str,
    pub region: &'static str,
    pub bucket: &'w str,
    caller: Caller<'w>,
}

#[derive(Debug)]
enum Caller<'w> {
    Role(&'w Role, &'w Session),
    User(&'w User),
    /// A service, acting for nobody.
    Service,
    /// Somebody of another account.
    Foreign(&'w Role),
    Root,
}

/// Appends to a text. Writing to a String does not fail.
macro_rules! put {
    ($out:expr, $($part:tt)*) => { let _ = write!($out, $($part)*); };
}
pub(super) use put;

impl Events {
    /// Ready to write any record.
    pub fn new() -> Self {
        let calls = calls::seen();
        Events {
            world: World::new(),
            skew: Zipf::new(calls.len()),
            calls,
        }
    }

    /// Appends the record of that number: one object, compact, no line feed.
    pub fn write(&self, number: u64, out: &mut String) {
        let mut random = Random::new(0x5eed_0000 + number);
        let moment = self.moment(number, &mut random);
        put!(
            out,
            r#"{{"eventVersion":"{}","userIdentity":"#,
            version(&mut random)
        );
        identity(&moment, out);
        let (second, call) = (number / 9, moment.call);
        put!(
            out,
            r#","eventTime":"2026-01-{:02}T{:02}:{:02}:{:02}Z","eventSource":"{}.amazonaws.com","eventName":"{}","awsRegion":"{}""#,
            1 + second / 86_400 % 28,
            second / 3_600 % 24,
            second / 60 % 60,
            second % 60,
            call.service,
            call.name,
            moment.region
        );
        let (address, agent) = self.origin(&moment);
        put!(
            out,
            r#","sourceIPAddress":"{address}","userAgent":"{agent}""#
        );
        let failed = detail::error(&moment, &mut random, out);
        self.parameters(&moment, &mut random, out);
        self.response(&moment, failed, &mut random, out);
        detail::additional(&moment, &mut random, out);
        put!(
            out,
            r#","requestID":"{}","eventID":"{}","readOnly":{}"#,
            random.uuid(),
            random.uuid(),
            call.is_read()
        );
        self.resources(&moment, &mut random, out);
        self.end(&moment, &mut random, out);
    }

    fn moment(&self, number: u64, random: &mut Random) -> Moment<'_> {
        let world = &self.world;
        let call = self.calls[self.skew.pick(random)];
        let role = random.favour(&world.roles);
        let caller = match random.below(100) {
            0..=9 => Caller::User(random.favour(&world.users)),
            10..=17 => Caller::Service,
            18..=20 => Caller::Foreign(role),
            _ => Caller::Role(role, random.favour(&role.sessions)),
        };
        let account = match &caller {
            Caller::Role(role, _) => &role.account,
            Caller::User(user) => &user.account,
            _ => random.favour(&world.accounts),
        };
        let mut moment = Moment {
            call,
            account,
            region: random.favour::<&str>(REGIONS),
            bucket: random.favour::<String>(&world.buckets),
            caller,
        };
        // What the few rules that match are about: 8 events in 10,000.
        match number % 5_000 {
            1_234 => {
                moment.caller = Caller::Root;
                moment.call = Call {
                    service: "signin",
                    name: "ConsoleLogin",
                };
            }
            2_345 => {
                moment.call = Call {
                    service: "cloudtrail",
                    name: "StopLogging",
                }
            }
            777 | 3_777 => {
                moment.bucket = "audit-archive";
                moment.call = Call {
                    service: "s3",
                    name: "DeleteObject",
                };
            }
            _ => {}
        }
        moment
    }

    /// The address and the agent of the caller.
    fn origin(&self, moment: &Moment<'_>) -> (String, String) {
        let agent = |index: usize| self.world.agents[index].clone();
        match &moment.caller {
            Caller::Role(_, session) => (session.address.clone(), agent(session.agent)),
            Caller::User(user) => (user.address.clone(), agent(user.agent)),
            Caller::Foreign(role) => {
                let session = &role.sessions[0];
                (session.address.clone(), agent(session.agent))
            }
            Caller::Root => ("198.19.7.7".to_owned(), agent(5)),
            Caller::Service => {
                let service = service_of(moment.account);
                (service.to_owned(), service.to_owned())
            }
        }
    }

    fn end(&self, moment: &Moment<'_>, random: &mut Random, out: &mut String) {
        let data = moment.call.is_data();
        put!(
            out,
            r#","eventType":"{}","managementEvent":{},"recipientAccountId":"{}""#,
            if moment.call.service == "signin" {
                "AwsConsoleSignIn"
            } else {
                "AwsApiCall"
            },
            !data,
            moment.account
        );
        if matches!(moment.caller, Caller::Service | Caller::Foreign(_)) {
            put!(out, r#","sharedEventID":"{}""#, random.uuid());
        }
        if let Caller::Role(
            _,
            Session {
                endpoint: Some(endpoint),
                ..
            },
        ) = &moment.caller
        {
            put!(
                out,
                r#","vpcEndpointId":"{endpoint}","vpcEndpointAccountId":"{}""#,
                moment.account
            );
        }
        put!(
            out,
            r#","eventCategory":"{}""#,
            if data { "Data" } else { "Management" }
        );
        if !matches!(moment.caller, Caller::Service) {
            let (version, suite) = if random.once_in(4) {
                ("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256")
            } else {
                ("TLSv1.3", "TLS_AES_128_GCM_SHA256")
            };
            put!(
                out,
                r#","tlsDetails":{{"tlsVersion":"{version}","cipherSuite":"{suite}","clientProvidedHostHeader":"{}.{}.amazonaws.com"}}"#,
                moment.call.service,
                moment.region
            );
        }
        out.push('}');
    }
}

fn version(random: &mut Random) -> &'static str {
    match random.below(20) {
        0 => "1.08",
        1..=5 => "1.09",
        6..=9 => "1.10",
        _ => "1.11",
    }
}

fn service_of(account: &str) -> &'static str {
    match account.as_bytes().last() {
        Some(b'0'..=b'2') => "autoscaling.amazonaws.com",
        Some(b'3'..=b'4') => "cloudtrail.amazonaws.com",
        Some(b'5'..=b'6') => "config.amazonaws.com",
        _ => "lambda.amazonaws.com",
    }
}

fn identity(moment: &Moment<'_>, out: &mut String) {
    match &moment.caller {
        Caller::Role(role, session) => {
            let Role {
                name,
                path,
                account,
                id,
                ..
            } = role;
            let Session {
                name: session_name,
                key,
                started,
                mfa,
                ..
            } = session;
            put!(
                out,
                r#"{{"type":"AssumedRole","principalId":"{id}:{session_name}","arn":"arn:aws:sts::{account}:assumed-role/{name}/{session_name}","accountId":"{account}","accessKeyId":"{key}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"{id}","arn":"arn:aws:iam::{account}:role{path}{name}","accountId":"{account}","userName":"{name}"}},"attributes":{{"creationDate":"{started}","mfaAuthenticated":"{mfa}"}}"#
            );
            if session.instance {
                out.push_str(r#","ec2RoleDelivery":"2.0""#);
            }
            out.push_str("}}");
        }
        Caller::User(user) => {
            let User {
                name,
                account,
                id,
                key,
                ..
            } = user;
            // Half of all writers escape what is not ASCII.
            let name = if id.as_bytes()[8] % 2 == 0 {
                name.replace('\u{eb}', "\\u00eb")
            } else {
                name.clone()
            };
            put!(
                out,
                r#"{{"type":"IAMUser","principalId":"{id}","arn":"arn:aws:iam::{account}:user/{name}","accountId":"{account}","accessKeyId":"{key}","userName":"{name}""#
            );
            if let Some(mfa) = user.mfa {
                put!(
                    out,
                    r#","sessionContext":{{"sessionIssuer":{{}},"webIdFederationData":{{}},"attributes":{{"creationDate":"2026-01-05T08:00:00Z","mfaAuthenticated":"{mfa}"}}}}"#
                );
            }
            out.push('}');
        }
        Caller::Foreign(role) => {
            let session = &role.sessions[0].name;
            put!(
                out,
                r#"{{"type":"AWSAccount","principalId":"{}:{session}","accountId":"{}"}}"#,
                role.id,
                role.account
            );
        }
        Caller::Service => {
            put!(
                out,
                r#"{{"type":"AWSService","invokedBy":"{}"}}"#,
                service_of(moment.account)
            );
        }
        Caller::Root => {
            let account = moment.account;
            put!(
                out,
                r#"{{"type":"Root","principalId":"{account}","arn":"arn:aws:iam::{account}:root","accountId":"{account}","accessKeyId":""}}"#
            );
        }
    }
}
