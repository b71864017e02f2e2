//! The bytes of an object, or of a range of one, to the last.
//!
//! A body that breaks off is asked for again from where it broke, as often as
//! the attempts allow; what is handed over is complete, or says that it is not.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use tokio::time::timeout;

use super::checksum::Checksum;
use super::direct::Answer;
use super::fault::{Action, Trouble, innermost, times};
use super::object::Location;
use crate::diagnostic::{Code, Diagnostic};

/// How long a body may take to go on.
const STALLED: Duration = Duration::from_secs(20);

/// What could not be had in full.
#[derive(Debug, Clone)]
pub(super) struct Broken {
    /// What came before it broke.
    pub(super) bytes: Vec<u8>,
    /// Why.
    pub(super) problem: Diagnostic,
}

/// How a body ended.
enum End {
    Complete,
    /// It broke off, or what came is not what was sent.
    Broken(String),
}

/// The bytes of a range.
pub(super) async fn fetch(object: &Location, range: Range<u64>) -> Result<Vec<u8>, Broken> {
    let length = usize::try_from(range.end - range.start).unwrap_or(0);
    let mut bytes = Vec::with_capacity(length);
    let attempts = object.bucket.attempts;
    let mut sum = None;
    let mut attempt = 1;
    loop {
        let rest = range.start + bytes.len() as u64..range.end;
        let end = match ask(object, rest).await {
            Ok((body, whole)) => {
                sum = whole.or(sum);
                held(
                    pour(body, &mut bytes, length).await,
                    sum.as_ref(),
                    &mut bytes,
                )
            }
            Err(trouble) => {
                let problem = trouble.diagnostic();
                return Err(Broken { bytes, problem });
            }
        };
        let End::Broken(why) = end else {
            return Ok(bytes);
        };
        if attempt == attempts {
            let read = range.start + bytes.len() as u64;
            let problem = interrupted(read, object.size, attempts, &why);
            return Err(Broken { bytes, problem });
        }
        tokio::time::sleep(pause(attempt)).await;
        attempt += 1;
    }
}

/// Holds the bytes of a whole object to its check sum, those too that came after it
/// broke off: all of them are of one content.
fn held(end: End, sum: Option<&Checksum>, bytes: &mut Vec<u8>) -> End {
    match (end, sum) {
        (End::Complete, Some(sum)) if !sum.is_of(bytes) => {
            bytes.clear();
            End::Broken(sum.mismatch())
        }
        (end, _) => end,
    }
}

/// Asks for a range, with the check sum of the whole object where that is asked for;
/// again where the answer is to wait.
async fn ask(
    object: &Location,
    range: Range<u64>,
) -> Result<(ByteStream, Option<Checksum>), Trouble> {
    // A range of nothing cannot be asked for.
    let whole = range.start == 0 && range.end == object.size;
    let part = (!whole).then_some(range);
    let bucket = &object.bucket;
    let Some(direct) = bucket.direct.as_ref().filter(|direct| direct.works()) else {
        return ask_sdk(&bucket.client, object, part).await;
    };
    match direct.ask(object, part.as_ref()).await {
        Answer::Body(body, sum) => Ok((body, sum)),
        Answer::Nothing => ask_sdk(&bucket.again, object, part).await,
        Answer::Refused(refusal) if refusal.is_lasting() && direct.is_understood() => {
            Err(Trouble::refused(&refusal, bucket, Action::Get(&object.key)))
        }
        Answer::Refused(refusal) => {
            let answer = ask_sdk(&bucket.again, object, part).await;
            match &answer {
                Ok(_) => direct.give_up(),
                Err(trouble) if refusal.is_lasting() && trouble.cause == refusal.cause() => {
                    direct.understood();
                }
                Err(_) => {}
            }
            answer
        }
    }
}

/// The SDK holds what comes to the check sum by itself.
async fn ask_sdk(
    client: &Client,
    object: &Location,
    part: Option<Range<u64>>,
) -> Result<(ByteStream, Option<Checksum>), Trouble> {
    let bucket = &object.bucket;
    let answer = client
        .get_object()
        .bucket(&bucket.name)
        .key(&object.key)
        .set_if_match(object.etag.clone())
        .set_range(part.as_ref().map(http_range))
        .set_request_payer(bucket.payer.clone())
        .send()
        .await;
    match answer {
        Ok(answer) => Ok((answer.body, None)),
        Err(error) => Err(Trouble::of(&error, bucket, Action::Get(&object.key))),
    }
}

/// What was said of an object when it was written.
pub(super) async fn metadata(object: &Location) -> Result<HashMap<String, String>, Trouble> {
    let bucket = &object.bucket;
    let answer = bucket
        .client
        .head_object()
        .bucket(&bucket.name)
        .key(&object.key)
        .set_if_match(object.etag.clone())
        .set_request_payer(bucket.payer.clone())
        .send()
        .await;
    match answer {
        Ok(answer) => Ok(answer.metadata.unwrap_or_default()),
        Err(error) => Err(Trouble::of(&error, bucket, Action::Get(&object.key))),
    }
}

/// A range as a header says it.
pub(super) fn http_range(part: &Range<u64>) -> String {
    format!("bytes={}-{}", part.start, part.end.saturating_sub(1))
}

async fn pour(mut body: ByteStream, bytes: &mut Vec<u8>, length: usize) -> End {
    loop {
        let Ok(next) = timeout(STALLED, body.next()).await else {
            return End::Broken(format!("nothing came for {} seconds", STALLED.as_secs()));
        };
        match next {
            Some(Ok(chunk)) if bytes.len() + chunk.len() > length => {
                bytes.clear();
                return End::Broken("more bytes came than there are".to_owned());
            }
            Some(Ok(chunk)) => bytes.extend_from_slice(&chunk),
            Some(Err(error)) => {
                // All came, and the check sum is not theirs.
                if bytes.len() == length {
                    bytes.clear();
                }
                return End::Broken(innermost(&error));
            }
            None if bytes.len() == length => return End::Complete,
            None => return End::Broken("the body ended early".to_owned()),
        }
    }
}

fn interrupted(read: u64, size: u64, attempts: u32, why: &str) -> Diagnostic {
    let message = format!(
        "the object broke off at byte {read} of {size}, {}: {why}",
        times(attempts)
    );
    Diagnostic::new(Code::S3Interrupted, message).help(
        "the records before that were evaluated; run it again, or with more attempts \
         (AWS_MAX_ATTEMPTS)",
    )
}

/// 0.1 seconds and twice as long each time, to 5 seconds.
pub(super) fn pause(attempt: u32) -> Duration {
    let doubled = 2u32.saturating_pow(attempt.saturating_sub(1));
    (Duration::from_millis(100).saturating_mul(doubled)).min(Duration::from_secs(5))
}
