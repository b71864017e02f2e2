//! What S3 answers when it does not do what it is asked for.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use super::connection::Bucket;
use crate::diagnostic::{Code, Diagnostic};

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action<'a> {
    /// The keys of the bucket.
    List,
    /// The object of this key.
    Get(&'a str),
}

impl Action<'_> {
    fn permission(self) -> &'static str {
        match self {
            Action::List => "s3:ListBucket",
            Action::Get(_) => "s3:GetObject",
        }
    }

    /// What the permission is needed on.
    fn resource(self, bucket: &str) -> String {
        let arn = match bucket.starts_with("arn:") {
            true => bucket.to_owned(),
            false => format!("arn:aws:s3:::{bucket}"),
        };
        match self {
            Action::List => arn,
            Action::Get(key) => format!("{arn}/{key}"),
        }
    }
}

/// Why it was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cause {
    Denied,
    NoBucket,
    /// With the region where the bucket is, if S3 says so.
    WrongRegion(Option<String>),
    BadCredentials,
    KeyDenied,
    Archived,
    Unreachable,
    Busy,
    /// It is not what it was when it was listed.
    Changed,
    /// Anything else, with S3's own word for it.
    Refused(String),
}

/// Something that was not done.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    pub(super) cause: Cause,
    /// What S3 or the network says about it.
    message: String,
    permission: &'static str,
    resource: String,
    attempts: u32,
}

impl Trouble {
    pub(super) fn of<E>(
        error: &SdkError<E, HttpResponse>,
        bucket: &Bucket,
        action: Action<'_>,
    ) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let said = match error {
            SdkError::ServiceError(service) => {
                let error = service.err();
                error.message().or(error.code()).map(str::to_owned)
            }
            _ => None,
        };
        Trouble {
            cause: cause(error),
            message: said.unwrap_or_else(|| innermost(error)),
            permission: action.permission(),
            resource: action.resource(&bucket.name),
            attempts: bucket.attempts,
        }
    }

    /// As people get it, without the place.
    pub(super) fn diagnostic(&self) -> Diagnostic {
        let Trouble {
            message,
            permission,
            resource,
            attempts,
            ..
        } = self;
        let (code, text, help) = match &self.cause {
            Cause::Denied => (
                Code::S3Denied,
                format!("S3 denies access: {message}"),
                format!(
                    "allow {permission} on {resource}, in the identity's policy and, from another \
                     account, in the bucket's; docs/s3.md has the policy; where the reader pays \
                     for requests, say `--requester-pays`"
                ),
            ),
            Cause::NoBucket => (
                Code::S3NoBucket,
                "there is no such bucket".to_owned(),
                "check its name, and the partition and the endpoint that are asked".to_owned(),
            ),
            Cause::WrongRegion(there) => {
                let there = match there {
                    Some(region) => format!("it is in {region}: set AWS_REGION={region}"),
                    None => "set AWS_REGION to the bucket's region".to_owned(),
                };
                (
                    Code::S3WrongRegion,
                    format!("the bucket is in another region: {message}"),
                    format!("{there}, or the region of the profile"),
                )
            }
            Cause::BadCredentials => (
                Code::S3BadCredentials,
                format!("the credentials are not accepted: {message}"),
                "sign in again, or see which credentials are found with `aws sts \
                 get-caller-identity`; the environment comes before the profile"
                    .to_owned(),
            ),
            Cause::KeyDenied => (
                Code::S3KeyDenied,
                format!("the object cannot be decrypted: {message}"),
                "allow kms:Decrypt on the trail's key, in the key's policy and the identity's"
                    .to_owned(),
            ),
            Cause::Archived => (
                Code::S3Archived,
                "the object is in an archive storage class and cannot be read".to_owned(),
                "restore it first (`aws s3api restore-object`), or ask about a time that is not \
                 archived"
                    .to_owned(),
            ),
            Cause::Unreachable => (
                Code::S3Unreachable,
                format!("S3 cannot be reached: {message}"),
                "check the network, the proxy and the endpoint; the region is part of the host \
                 name"
                    .to_owned(),
            ),
            Cause::Busy => (
                Code::S3Busy,
                format!("S3 is too busy or fails, {}: {message}", times(*attempts)),
                "run it again later, or with more attempts (AWS_MAX_ATTEMPTS)".to_owned(),
            ),
            Cause::Changed => (
                Code::S3Changed,
                "the object was changed or removed since it was listed".to_owned(),
                "CloudTrail does not do that: find out who did, and run it again".to_owned(),
            ),
            Cause::Refused(code) => (
                Code::S3Refused,
                format!("S3 answers {code}: {message}"),
                format!("it was asked for {permission} on {resource}"),
            ),
        };
        Diagnostic::new(code, text).help(help)
    }
}

/// `after 3 attempts`
pub(super) fn times(attempts: u32) -> String {
    let plural = if attempts == 1 { "" } else { "s" };
    format!("after {attempts} attempt{plural}")
}

fn cause<E>(error: &SdkError<E, HttpResponse>) -> Cause
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let SdkError::ServiceError(service) = error else {
        return Cause::Unreachable;
    };
    let raw = service.raw();
    let status = raw.status().as_u16();
    let code = service.err().code().unwrap_or_default();
    let message = service.err().message().unwrap_or_default();
    match (code, status) {
        ("NoSuchBucket", _) => Cause::NoBucket,
        (
            "PermanentRedirect"
            | "TemporaryRedirect"
            | "AuthorizationHeaderMalformed"
            | "IllegalLocationConstraintException",
            _,
        )
        | (_, 301 | 307) => {
            let header = raw.headers().get("x-amz-bucket-region");
            Cause::WrongRegion(header.map(str::to_owned))
        }
        (
            "ExpiredToken"
            | "TokenRefreshRequired"
            | "InvalidAccessKeyId"
            | "InvalidToken"
            | "SignatureDoesNotMatch"
            | "RequestTimeTooSkewed",
            _,
        ) => Cause::BadCredentials,
        (code, _) if code.starts_with("KMS.") => Cause::KeyDenied,
        (_, 403) if message.contains("kms:") => Cause::KeyDenied,
        ("InvalidObjectState", _) => Cause::Archived,
        ("NoSuchKey" | "PreconditionFailed" | "InvalidRange", _) | (_, 404 | 412 | 416) => {
            Cause::Changed
        }
        (_, 403) => Cause::Denied,
        ("RequestTimeout", _) | (_, 429 | 500..) => Cause::Busy,
        _ => Cause::Refused(match code {
            "" => format!("with HTTP status {status}"),
            code => code.to_owned(),
        }),
    }
}

/// The words of the error that caused all others.
pub(super) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
