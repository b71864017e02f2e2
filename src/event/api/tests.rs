use super::*;
use rstest::rstest;

fn known(source: &str, call: &str) -> bool {
    let source = Api::get().source(source);
    source.is_some_and(|source| source.call(call).is_some())
}

#[test]
fn the_catalogue_unpacks_and_is_small() {
    let models = Models::get();
    let operations = models.services.iter().map(|it| it.operations.len());
    assert!(models.services.len() > 400);
    assert!(operations.sum::<usize>() > 19_000);
    assert!(include_bytes!("models.zst").len() < 600_000);
}

#[test]
fn the_version_is_that_of_the_models() {
    let text = zstd::decode_all(include_bytes!("models.zst").as_slice()).unwrap();
    let text = String::from_utf8(text).unwrap();
    let mut lines = text.lines().skip(1);
    let (version, date) = (lines.next().unwrap(), lines.next().unwrap());
    assert_eq!(MODELS, format!("{version} of {date}"));
}

#[rstest]
#[case::plain("codebuild.amazonaws.com", "CreateProject")]
#[case::under_another_name("monitoring.amazonaws.com", "PutMetricAlarm")]
#[case::several_services_of_one_source("elasticloadbalancing.amazonaws.com", "CreateRule")]
#[case::a_dated_name("lambda.amazonaws.com", "UpdateFunctionCode20150331v2")]
#[case::another_dated_name("cloudfront.amazonaws.com", "CreateDistribution2020_05_31")]
#[case::renamed("s3.amazonaws.com", "PutBucketPublicAccessBlock")]
#[case::of_the_console("signin.amazonaws.com", "SwitchRole")]
#[case::of_a_service("kms.amazonaws.com", "RotateKey")]
fn calls_that_are_logged_are_known(#[case] source: &str, #[case] call: &str) {
    assert!(known(source, call));
}

#[rstest]
#[case::misspelt("codebuild.amazonaws.com", "CreateProjct")]
#[case::of_another_service("codebuild.amazonaws.com", "CreateUser")]
#[case::nothing_but_a_date("lambda.amazonaws.com", "20150331")]
#[case::half_a_date("lambda.amazonaws.com", "UpdateFunctionCode2015")]
#[case::another_case("iam.amazonaws.com", "createUser")]
fn calls_that_are_not_logged_are_not(#[case] source: &str, #[case] call: &str) {
    assert!(!known(source, call));
}

/// Whether the path is there, level by level.
fn has(source: &str, call: &str, path: &str) -> bool {
    let source = Api::get().source(source).unwrap();
    let mut levels = source.call(call).unwrap().requests().unwrap();
    path.split('.').all(|key| {
        let members: Vec<_> = levels.iter().map(|level| level.member(key)).collect();
        levels = members
            .iter()
            .filter_map(|member| match member {
                Member::Level(request) => Some(*request),
                _ => None,
            })
            .collect();
        !members
            .iter()
            .all(|member| matches!(member, Member::Unknown))
    })
}

#[rstest]
#[case("codebuild.amazonaws.com", "CreateProject", "name")]
#[case::below_a_structure("codebuild.amazonaws.com", "CreateProject", "source.buildspec")]
#[case::through_a_list(
    "codebuild.amazonaws.com",
    "CreateProject",
    "environment.environmentVariables.value"
)]
#[case::in_the_case_of_the_model("securityhub.amazonaws.com", "DeleteMembers", "AccountIds")]
#[case::by_the_name_on_the_wire("eks.amazonaws.com", "CreateAccessEntry", "name")]
#[case::that_the_log_adds(
    "lambda.amazonaws.com",
    "UpdateFunctionCode20150331v2",
    "fullyQualifiedArn"
)]
#[case::an_acronym("rds.amazonaws.com", "CreateDBInstance", "dBInstanceIdentifier")]
fn parameters_that_are_logged_are_known(
    #[case] source: &str,
    #[case] call: &str,
    #[case] path: &str,
) {
    assert!(has(source, call, path));
}

#[rstest]
#[case::misspelt("codebuild.amazonaws.com", "CreateProject", "projectNam")]
#[case::below_a_structure("codebuild.amazonaws.com", "CreateProject", "source.buildspeck")]
#[case::another_case("rds.amazonaws.com", "CreateDBInstance", "dbInstanceIdentifier")]
fn parameters_that_are_not_logged_are_not(
    #[case] source: &str,
    #[case] call: &str,
    #[case] path: &str,
) {
    assert!(!has(source, call, path));
}

#[test]
fn nothing_is_said_of_parameters_that_are_logged_in_another_shape() {
    for (source, call) in [
        ("ec2.amazonaws.com", "RunInstances"),
        ("s3.amazonaws.com", "PutBucketAcl"),
        ("signin.amazonaws.com", "ConsoleLogin"),
    ] {
        let source = Api::get().source(source).unwrap();
        assert!(source.call(call).unwrap().requests().is_none());
    }
}

/// A line that says a call is an operation would say nothing if there were none.
#[test]
fn what_is_said_to_be_an_operation_is_one() {
    for (name, source) in Api::get().sources() {
        for (call, logged) in &source.beyond.calls {
            if let Some(operation) = logged.operation {
                let mut services = source.services.iter();
                let known = services.any(|service| service.operations.contains_key(operation));
                assert!(known, "{name}: {call} is {operation}");
            }
        }
        for also in &source.beyond.also {
            assert!(Api::get().source(also).is_some(), "{name}: also {also}");
        }
    }
}

/// What a model has by now needs no line any more.
#[test]
fn what_is_said_to_be_beyond_the_models_is() {
    for (name, source) in Api::get().sources() {
        for (call, logged) in &source.beyond.calls {
            let mut services = source.services.iter();
            let known = services.any(|service| service.operations.contains_key(call));
            assert!(logged.operation.is_some() || !known, "{name}: {call}");
        }
    }
}
