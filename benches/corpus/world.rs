//! Who and what the corpus is about: accounts, principals, addresses, agents and
//! resources, far fewer than there are events, as in a real organization.

use super::random::Random;

const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const NAMES: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// The regions that events come from.
pub const REGIONS: &[&str] = &[
    "us-east-1",
    "eu-central-1",
    "us-west-2",
    "eu-west-1",
    "us-east-2",
    "ap-southeast-2",
    "eu-north-1",
    "ap-northeast-1",
    "ca-central-1",
    "sa-east-1",
];

/// A role that workloads or people assume.
#[derive(Debug)]
pub struct Role {
    pub name: String,
    pub path: &'static str,
    pub account: String,
    pub id: String,
    /// Its sessions: instances, functions, people.
    pub sessions: Vec<Session>,
}

/// One session of a role.
#[derive(Debug)]
pub struct Session {
    pub name: String,
    pub key: String,
    pub address: String,
    pub agent: usize,
    pub started: String,
    pub mfa: bool,
    /// A role on an instance says so.
    pub instance: bool,
    /// Whether its calls come through an endpoint of a VPC.
    pub endpoint: Option<String>,
}

/// A user with a long-lived key.
#[derive(Debug)]
pub struct User {
    pub name: String,
    pub account: String,
    pub id: String,
    pub key: String,
    pub address: String,
    pub agent: usize,
    pub mfa: Option<bool>,
}

/// Everything that events pick from.
#[derive(Debug)]
pub struct World {
    pub accounts: Vec<String>,
    pub roles: Vec<Role>,
    pub users: Vec<User>,
    pub agents: Vec<String>,
    pub buckets: Vec<String>,
    pub keys: Vec<String>,
    pub instances: Vec<String>,
    pub groups: Vec<String>,
    pub tables: Vec<String>,
    pub functions: Vec<String>,
}

/// The accounts of the organization; rules want to know them too.
pub fn accounts() -> Vec<String> {
    (1..=24).map(|n| format!("99990000{:04}", n * 37)).collect()
}

impl World {
    /// The same world every time.
    pub fn new() -> Self {
        let mut random = Random::new(1);
        let accounts = accounts();
        let agents: Vec<String> = (0..220).map(|_| agent(&mut random)).collect();
        let instances: Vec<String> = (0..600).map(|_| format!("i-0{}", random.hex(16))).collect();
        let roles = (0..260)
            .map(|n| role(n, &mut random, &accounts, &instances))
            .collect();
        let users = (0..160).map(|n| user(n, &mut random, &accounts)).collect();
        let mut named = |prefix: &str, count: usize, digits: usize| -> Vec<String> {
            (0..count)
                .map(|_| format!("{prefix}{}", random.hex(digits)))
                .collect()
        };
        World {
            buckets: named("team-artifacts-", 180, 6),
            groups: named("sg-0", 240, 16),
            tables: named("orders-", 60, 4),
            functions: named("handler-", 140, 5),
            keys: (0..70).map(|n| Random::new(70_000 + n).uuid()).collect(),
            accounts,
            roles,
            users,
            agents,
            instances,
        }
    }
}

fn role(number: usize, random: &mut Random, accounts: &[String], instances: &[String]) -> Role {
    let (stem, path) = *random.pick(&[
        ("app-runtime", "/"),
        ("ci-deploy", "/ci/"),
        ("data-pipeline", "/"),
        (
            "AWSReservedSSO_PowerUser",
            "/aws-reserved/sso.amazonaws.com/",
        ),
        ("monitoring", "/"),
        (
            "AWSServiceRoleForAutoScaling",
            "/aws-service-role/autoscaling.amazonaws.com/",
        ),
        ("eks-node", "/"),
        ("lambda-exec", "/service-role/"),
    ]);
    let people = stem.starts_with("AWSReserved");
    let on_instances = matches!(stem, "app-runtime" | "eks-node" | "monitoring");
    let sessions = (0..1 + random.below(12)).map(|_| Session {
        name: if on_instances {
            random.favour(instances).clone()
        } else if people {
            format!("{}@example.com", random.text(7, NAMES))
        } else {
            format!("session-{}", random.hex(10))
        },
        key: format!("ASIA{}", random.text(16, BASE32)),
        address: address(random),
        agent: random.below(220),
        started: format!(
            "2026-01-{:02}T{:02}:{:02}:{:02}Z",
            1 + random.below(28),
            random.below(24),
            random.below(60),
            random.below(60)
        ),
        mfa: people && random.once_in(3),
        instance: on_instances,
        endpoint: random.once_in(3).then(|| {
            format!(
                "vpce-0{}",
                Random::new(90 + random.below(12) as u64).hex(16)
            )
        }),
    });
    Role {
        sessions: sessions.collect(),
        name: format!("{stem}-{number:03}"),
        path,
        account: random.favour(accounts).clone(),
        id: format!("AROA{}", random.text(17, BASE32)),
    }
}

fn user(number: usize, random: &mut Random, accounts: &[String]) -> User {
    User {
        name: match random.below(4) {
            // A name that JSON may write in two ways.
            0 => format!("zo\u{eb}.{number}"),
            1 => format!("ci-bot-{number}"),
            _ => format!("{}.{number}", random.text(6, NAMES)),
        },
        account: random.favour(accounts).clone(),
        id: format!("AIDA{}", random.text(17, BASE32)),
        key: format!("AKIA{}", random.text(16, BASE32)),
        address: address(random),
        agent: random.below(220),
        mfa: (!random.once_in(4)).then(|| random.once_in(3)),
    }
}

/// From the ranges kept for benchmarks, private networks and documentation.
fn address(random: &mut Random) -> String {
    match random.below(10) {
        0..=5 => format!(
            "198.{}.{}.{}",
            18 + random.below(2),
            random.below(256),
            random.below(256)
        ),
        6..=8 => format!(
            "10.{}.{}.{}",
            random.below(32),
            random.below(256),
            random.below(256)
        ),
        _ => format!("2001:db8:{}::{}", random.hex(4), random.hex(3)),
    }
}

fn agent(random: &mut Random) -> String {
    let minor = random.below(90);
    let patch = random.below(40);
    match random.below(8) {
        0 => format!(
            "aws-cli/2.{minor}.{patch} md/awscrt#0.2{patch} ua/2.0 os/linux#5.10.{minor} md/arch#x86_64 \
             lang/python#3.11.{patch} md/pyimpl#CPython cfg/retry-mode#standard md/prompt#off"
        ),
        1 => format!(
            "Boto3/1.{minor}.{patch} md/Botocore#1.{minor}.{patch} ua/2.0 os/linux#6.1.{minor} \
             md/arch#aarch64 lang/python#3.9.{patch} Botocore/1.{minor}.{patch}"
        ),
        2 => format!(
            "APN/1.0 HashiCorp/1.0 Terraform/1.{minor}.{patch} (+https://www.terraform.io) \
             terraform-provider-aws/5.{minor}.0 aws-sdk-go-v2/1.{patch}.0 os/linux lang/go#1.21.{patch}"
        ),
        3 => format!(
            "aws-sdk-java/1.12.{minor} Linux/4.14.{patch} OpenJDK_64-Bit_Server_VM/11.0.{patch} \
             java/11.0.{patch} kotlin/1.3.{patch} vendor/Amazon.com_Inc. exec-env/AWS_ECS_FARGATE"
        ),
        4 => {
            format!("aws-sdk-go/1.{minor}.{patch} (go1.20.{patch}; linux; amd64) amazon-ssm-agent/")
        }
        5 => format!(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/{minor}.0.{patch}.0 Safari/537.36"
        ),
        6 => format!(
            "[aws-sdk-nodejs/2.{minor}.{patch} linux/v18.{patch}.0 exec-env/AWS_Lambda_nodejs18.x promise]"
        ),
        _ => format!(
            "aws-sdk-js/3.{minor}.{patch} ua/2.0 os/linux#5.15.{minor} lang/js md/nodejs#20.{patch}.0 api/client#3.{minor}.{patch}"
        ),
    }
}
