//! How a bucket is reached: regions, credentials, who pays, and patience.

use std::process::Command;

use super::bucket::one_object;
use super::{ONE, json, scan};
use crate::support::put;
use crate::support::s3::{self as server, Fault, Objects, Server, alone};

#[test]
fn a_busy_server_is_asked_again() {
    let server = Server::with_faults(one_object(), |asked| {
        (asked.before == 0).then(|| Fault::Answer(503, "SlowDown", "", vec![]))
    });
    let output = scan(&mut server.command(), &[ONE]);
    assert_eq!(json(&output)["summary"]["records"]["events"], 3);
    assert_eq!(json(&output)["diagnostics"], serde_json::json!([]));
}

#[test]
fn a_bucket_in_another_region_is_followed_to_it() {
    let server = Server::with_faults(one_object(), |asked| {
        let authorization = asked.headers["authorization"].to_str().unwrap();
        let there = vec![("x-amz-bucket-region", "eu-west-1")];
        (!authorization.contains("/eu-west-1/")).then_some(Fault::Answer(
            400,
            "AuthorizationHeaderMalformed",
            "wrong region",
            there,
        ))
    });
    let output = scan(&mut server.command(), &[ONE]);
    assert_eq!(json(&output)["summary"]["records"]["events"], 3);
}

#[test]
fn who_pays_for_requests_says_so() {
    let server = Server::with_faults(one_object(), |asked| {
        (!asked.headers.contains_key("x-amz-request-payer"))
            .then(|| Fault::Answer(403, "AccessDenied", "Access Denied", vec![]))
    });
    assert_eq!(scan(&mut server.command(), &[ONE]).status.code(), Some(4));
    let output = scan(&mut server.command(), &[ONE, "--requester-pays"]);
    assert_eq!(json(&output)["summary"]["records"]["events"], 3);
}

/// A command that knows these profiles.
fn with_profiles(config: &str, credentials: &str) -> (tempfile::TempDir, Command) {
    let folder = tempfile::tempdir().unwrap();
    let config = put(folder.path(), "config", config);
    let credentials = put(folder.path(), "credentials", credentials);
    let mut command = alone();
    command
        .env("AWS_CONFIG_FILE", config)
        .env("AWS_SHARED_CREDENTIALS_FILE", credentials);
    (folder, command)
}

fn keys_of(profile: &str, access: &str) -> String {
    format!(
        "[{profile}]\naws_access_key_id = {access}\naws_secret_access_key = {}\n",
        server::SECRET_KEY
    )
}

#[test]
fn credentials_and_region_come_from_a_profile() {
    let (_folder, mut command) = with_profiles(
        "[default]\nregion = us-east-1\n[profile audit]\nregion = eu-west-1\nsource_profile = x\n",
        &keys_of("audit", server::ACCESS_KEY),
    );
    let server = Server::with_faults(one_object(), |asked| {
        let authorization = asked.headers["authorization"].to_str().unwrap();
        (!authorization.contains("/eu-west-1/"))
            .then(|| Fault::Answer(400, "AuthorizationHeaderMalformed", "wrong region", vec![]))
    });
    let output = scan(
        &mut command,
        &[ONE, "--profile", "audit", "--endpoint-url", &server.url()],
    );
    assert_eq!(json(&output)["summary"]["records"]["events"], 3);
}

#[test]
fn a_profile_that_is_named_goes_before_keys_in_the_environment() {
    let server = Server::start(one_object());
    let (_folder, mut command) = with_profiles(
        "[profile audit]\nregion = eu-west-1\n",
        &keys_of("audit", server::ACCESS_KEY),
    );
    command
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE99")
        .env("AWS_SECRET_ACCESS_KEY", "of somebody else");
    let endpoint = server.url();
    let named = [ONE, "--profile", "audit", "--endpoint-url", &endpoint];
    let output = scan(&mut command, &named);
    assert_eq!(json(&output)["summary"]["records"]["events"], 3);
}

#[test]
fn keys_in_the_environment_go_before_a_profile_in_the_environment() {
    let server = Server::start(one_object());
    let (_folder, mut command) = with_profiles(
        "[profile audit]\nregion = eu-west-1\n",
        &keys_of("audit", "AKIAEXAMPLEEXAMPLE99"),
    );
    command
        .env("AWS_PROFILE", "audit")
        .env("AWS_ACCESS_KEY_ID", server::ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", server::SECRET_KEY);
    let output = scan(&mut command, &[ONE, "--endpoint-url", &server.url()]);
    assert_eq!(json(&output)["summary"]["records"]["events"], 3);
}

#[test]
fn a_profile_that_is_not_there_stands_for_nobody_else() {
    for (config, near) in [
        ("", false),
        ("[default]\nregion = us-east-1\n", false),
        ("[profile audits]\nregion = us-east-1\n", true),
    ] {
        let server = Server::start(one_object());
        let (_folder, mut command) = with_profiles(config, &keys_of("default", server::ACCESS_KEY));
        command
            .env("AWS_ACCESS_KEY_ID", server::ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", server::SECRET_KEY);
        let endpoint = server.url();
        let named = [ONE, "--profile", "audit", "--endpoint-url", &endpoint];
        let output = scan(&mut command, &named);
        assert_eq!(output.status.code(), Some(4), "{config}");
        let problem = &json(&output)["diagnostics"][0];
        assert_eq!(problem["code"], "TG2213");
        let help = problem["help"].as_str().unwrap();
        assert_eq!(help.contains("did you mean `audits`?"), near, "{help}");
        assert_eq!(server.asked(), Vec::<String>::new());
    }
}

#[test]
fn a_profile_of_a_region_alone_has_the_role_of_the_instance() {
    let (metadata, server) = (instance(), Server::start(one_object()));
    let (_folder, mut command) = with_profiles("[profile audit]\nregion = eu-west-1\n", "");
    command
        .env_remove("AWS_EC2_METADATA_DISABLED")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url())
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE99")
        .env("AWS_SECRET_ACCESS_KEY", "of somebody else");
    let endpoint = server.url();
    let named = [ONE, "--profile", "audit", "--endpoint-url", &endpoint];
    let output = scan(&mut command, &named);
    assert_eq!(json(&output)["summary"]["records"]["events"], 3);
}

/// What an instance says of itself.
fn instance() -> Server {
    Server::with_faults(Objects::new(), |asked| {
        let role = serde_json::json!({
            "Code": "Success",
            "Type": "AWS-HMAC",
            "AccessKeyId": server::ACCESS_KEY,
            "SecretAccessKey": server::SECRET_KEY,
            "Token": "token",
            "LastUpdated": "2026-01-01T00:00:00Z",
            "Expiration": "2126-01-01T00:00:00Z",
        });
        Some(Fault::Say(match asked.key.as_str() {
            "latest/api/token" => "token".to_owned(),
            key if key.ends_with("/audit-role") => role.to_string(),
            _ => "audit-role".to_owned(),
        }))
    })
}

#[test]
fn credentials_come_from_the_role_of_an_instance() {
    let metadata = instance();
    let server = Server::start(one_object());
    let mut command = alone();
    command
        .env_remove("AWS_EC2_METADATA_DISABLED")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url())
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ENDPOINT_URL_S3", server.url());
    let output = scan(&mut command, &[ONE]);
    assert_eq!(json(&output)["summary"]["records"]["events"], 3);
}
