//! What S3 answers when it does not do what it is asked for.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_xml::decode::{Document, XmlDecodeError, try_data};

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

/// An answer that is no success.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    /// S3's own word for it, empty where it says none,
    code: String,
    /// and its sentence.
    message: String,
    /// The region where the bucket is, if that is said.
    region: Option<String>,
}

impl Refusal {
    /// Reads what S3 says in XML; a body that is something else says nothing.
    pub(super) fn read(status: u16, region: Option<&str>, body: &[u8]) -> Self {
        let (code, message) = said(body).unwrap_or_default();
        Refusal {
            status,
            code,
            message,
            region: region.map(str::to_owned),
        }
    }

    /// Whether it is about the object and who asks for it: asked again in the same
    /// words, S3 would say the same.
    pub(super) fn is_lasting(&self) -> bool {
        matches!(
            self.code.as_str(),
            "AccessDenied"
                | "AllAccessDisabled"
                | "InvalidObjectState"
                | "NoSuchKey"
                | "PreconditionFailed"
        ) || self.code.starts_with("KMS.")
    }
}

/// The code and the message of an error in XML.
fn said(body: &[u8]) -> Result<(String, String), XmlDecodeError> {
    let mut document = Document::try_from(body)?;
    let mut root = document.root_element()?;
    let (mut code, mut message) = (String::new(), String::new());
    while let Some(mut tag) = root.next_tag() {
        match tag.start_el().local() {
            "Code" => code = try_data(&mut tag)?.into_owned(),
            "Message" => message = try_data(&mut tag)?.into_owned(),
            _ => {}
        }
    }
    Ok((code, message))
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

    /// Whether it would be the same of any other folder of the bucket.
    pub(super) fn is_of_all(&self) -> bool {
        matches!(
            self.cause,
            Cause::NoBucket | Cause::WrongRegion(_) | Cause::BadCredentials
        )
    }

    /// What was refused for good.
    pub(super) fn refused(refusal: &Refusal, bucket: &Bucket, action: Action<'_>) -> Self {
        let Refusal { code, message, .. } = refusal;
        let said = [message, code].into_iter().find(|text| !text.is_empty());
        Trouble {
            cause: refusal.cause(),
            message: said.cloned().unwrap_or_default(),
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
                 get-caller-identity`; the environment comes before AWS_PROFILE"
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
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let refusal = Refusal {
        status: raw.status().as_u16(),
        code: text(service.err().code()),
        message: text(service.err().message()),
        region: raw.headers().get(REGION).map(str::to_owned),
    };
    refusal.cause()
}

/// The header that says where a bucket is.
pub(super) const REGION: &str = "x-amz-bucket-region";

impl Refusal {
    pub(super) fn cause(&self) -> Cause {
        let (code, status) = (self.code.as_str(), self.status);
        match (code, status) {
            ("NoSuchBucket", _) => Cause::NoBucket,
            (
                "PermanentRedirect"
                | "TemporaryRedirect"
                | "AuthorizationHeaderMalformed"
                | "IllegalLocationConstraintException",
                _,
            )
            | (_, 301 | 307) => Cause::WrongRegion(self.region.clone()),
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
            (_, 403) if self.message.contains("kms:") => Cause::KeyDenied,
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
}

/// The words of the error that caused all others.
pub(super) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_its_code_and_message() {
        let body = b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>\
            <Message>not &lt;you&gt;</Message><Key>a</Key></Error>";
        let refusal = Refusal::read(403, None, body);
        assert_eq!(refusal.code, "AccessDenied");
        assert_eq!(refusal.message, "not <you>");
        assert_eq!(refusal.cause(), Cause::Denied);
        assert!(refusal.is_lasting());
    }

    #[test]
    fn what_is_no_error_in_xml_says_nothing() {
        for body in ["", "<html>", "<Error><Code", "{}", "\u{0}"] {
            let refusal = Refusal::read(403, None, body.as_bytes());
            assert_eq!(refusal.code, "", "{body}");
            assert!(!refusal.is_lasting());
        }
    }
}
