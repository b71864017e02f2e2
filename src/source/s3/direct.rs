//! The first request for an object, signed and sent here.
//!
//! What the SDK does around each request takes several times as long as reading a
//! small log file: settings are merged, an endpoint is resolved, retries and
//! checks are prepared that are hardly ever needed. So where an object is and who
//! signs is found out once, from a request that the SDK signs and nobody sends;
//! requests are then signed and sent over the wire (`wire`). Whatever is not answered
//! with the object is the SDK's to ask for again, with all it knows of errors,
//! retries and clocks; but for a refusal for good, once it is known that requests of
//! this form are understood.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SigningSettings, UriPathNormalizationMode,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::checksum::{self, Checksum};
use super::fault::{REGION, Refusal};
use super::fetch::http_range;
use super::object::Location;
use super::wire::{Call, Wire};

/// What stands as it is in the path of an object.
const KEY: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

/// How objects of one bucket are asked for.
#[derive(Debug)]
pub(super) struct Direct {
    wire: Arc<Wire>,
    /// The URL of all objects, to which a key is added.
    base: String,
    region: String,
    /// The service that requests are signed for.
    service: String,
    pays: bool,
    /// What is known of requests of this form.
    form: AtomicU8,
}

/// Nothing is known of how the store takes requests of this form;
const UNTRIED: u8 = 0;
/// it answers them as it answers the SDK;
const UNDERSTOOD: u8 = 1;
/// the SDK gets what is refused to them.
const GIVEN_UP: u8 = 2;

/// What a request came to.
pub(super) enum Answer {
    /// With the check sum that the whole object has, where all of it was asked for.
    Body(ByteStream, Option<Checksum>),
    /// No object, because the request was not as it should be, or for good.
    Refused(Refusal),
    /// No object, for another reason.
    Nothing,
}

impl Direct {
    /// Learns from a request that the SDK signs; `None` where that is not done with
    /// an access key alone.
    pub(super) async fn learn(
        wire: &Arc<Wire>,
        client: &Client,
        bucket: &str,
        pays: bool,
    ) -> Option<Self> {
        const NAME: &str = "name";
        let expiry = PresigningConfig::expires_in(Duration::from_secs(60)).ok()?;
        let request = client.get_object().bucket(bucket).key(NAME);
        let signed = request.presigned(expiry).await.ok()?;
        let (url, query) = signed.uri().split_once('?')?;
        let value = |name: &str| {
            let mut values = query.split('&').filter_map(|pair| pair.split_once('='));
            let (_, value) = values.find(|(key, _)| *key == name)?;
            percent_decode_str(value).decode_utf8().ok()
        };
        let scope = value("X-Amz-Credential")?;
        let mut scope = scope.rsplit('/').skip(1);
        let (service, region) = (scope.next()?, scope.next()?);
        let is_plain = value("X-Amz-Algorithm")? == "AWS4-HMAC-SHA256"
            && value("X-Amz-SignedHeaders")? == "host"
            // Directory buckets want a session.
            && service != "s3express";
        is_plain.then_some(())?;
        Some(Direct {
            wire: Arc::clone(wire),
            base: url.strip_suffix(NAME)?.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            pays,
            form: AtomicU8::new(UNTRIED),
        })
    }

    /// Asks for a range of an object, or for all of it.
    pub(super) async fn ask(&self, object: &Location, part: Option<&Range<u64>>) -> Answer {
        let url = format!("{}{}", self.base, utf8_percent_encode(&object.key, &KEY));
        let headers = [
            ("if-match", object.etag.clone()),
            ("range", part.map(http_range)),
            (
                "x-amz-request-payer",
                self.pays.then(|| "requester".to_owned()),
            ),
            // Of a range there is none.
            (
                checksum::ASK.0,
                part.is_none().then(|| checksum::ASK.1.to_owned()),
            ),
        ];
        let headers = headers
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let call = Call {
            method: "GET",
            url: &url,
            headers: headers.collect(),
            body: Vec::new(),
            region: &self.region,
            service: &self.service,
            settings: settings(),
        };
        match self.wire.send(call).await {
            Ok(response) => {
                let answer = answer(response, part.is_some()).await;
                if matches!(answer, Answer::Body(..)) {
                    self.understood();
                }
                answer
            }
            Err(_) => Answer::Nothing,
        }
    }

    /// Whether it is worth asking.
    pub(super) fn works(&self) -> bool {
        self.form.load(Ordering::Relaxed) != GIVEN_UP
    }

    /// Whether a refusal is one of what is asked for and not of how.
    pub(super) fn is_understood(&self) -> bool {
        self.form.load(Ordering::Relaxed) == UNDERSTOOD
    }

    /// Takes note that the store says the same to the SDK.
    pub(super) fn understood(&self) {
        // What was given up stays so.
        let (from, to) = (UNTRIED, UNDERSTOOD);
        let _ = self
            .form
            .compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Takes note that the SDK gets what was refused here.
    pub(super) fn give_up(&self) {
        self.form.store(GIVEN_UP, Ordering::Relaxed);
    }
}

/// S3 signs paths as they are.
fn settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings
}

async fn answer(response: HttpResponse, is_part: bool) -> Answer {
    match response.status().as_u16() {
        200 if !is_part => {
            let sum = Checksum::of(&response);
            Answer::Body(ByteStream::new(response.into_body()), sum)
        }
        206 if is_part => Answer::Body(ByteStream::new(response.into_body()), None),
        408 | 429 => Answer::Nothing,
        status @ 400..500 => {
            let region = response.headers().get(REGION).map(str::to_owned);
            let body = ByteStream::new(response.into_body()).collect().await;
            // Where it breaks off, it says nothing.
            let body = body.map(|body| body.to_vec()).unwrap_or_default();
            Answer::Refused(Refusal::read(status, region.as_deref(), &body))
        }
        _ => Answer::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_path_with_its_slashes() {
        let path = |key: &str| utf8_percent_encode(key, &KEY).to_string();
        assert_eq!(path("AWSLogs/1_a-b.~c/2"), "AWSLogs/1_a-b.~c/2");
        assert_eq!(path("a b+c%2F=&?#"), "a%20b%2Bc%252F%3D%26%3F%23");
        assert_eq!(path("ä//'(*)!"), "%C3%A4//%27%28%2A%29%21");
    }

    fn learnt(
        bucket: &str,
        change: fn(&mut aws_sdk_s3::config::Builder),
    ) -> Option<(String, String, String)> {
        let credentials = aws_sdk_s3::config::Credentials::new("key", "secret", None, None, "test");
        let provider = aws_sdk_s3::config::SharedCredentialsProvider::new(credentials);
        let config = aws_config::SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .credentials_provider(provider.clone())
            .region(aws_config::Region::from_static("eu-central-1"))
            .build();
        let mut builder = aws_sdk_s3::config::Builder::from(&config);
        change(&mut builder);
        let client = Client::from_conf(builder.build());
        let wire = Arc::new(Wire::new(&config, provider));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let direct = runtime.block_on(Direct::learn(&wire, &client, bucket, false))?;
        Some((direct.base, direct.region, direct.service))
    }

    #[test]
    fn where_objects_are_is_what_the_sdk_says() {
        let plain =
            |base: &str, region: &str| Some((base.to_owned(), region.to_owned(), "s3".to_owned()));
        let same: fn(&mut aws_sdk_s3::config::Builder) = |_| ();
        assert_eq!(
            learnt("audit", same),
            plain(
                "https://audit.s3.eu-central-1.amazonaws.com/",
                "eu-central-1"
            )
        );
        assert_eq!(
            learnt("my.audit", same),
            plain(
                "https://s3.eu-central-1.amazonaws.com/my.audit/",
                "eu-central-1"
            )
        );
        assert_eq!(
            learnt("audit", |config| {
                config.set_use_fips(Some(true));
            }),
            plain(
                "https://audit.s3-fips.eu-central-1.amazonaws.com/",
                "eu-central-1"
            )
        );
        assert_eq!(
            learnt("arn:aws:s3:eu-west-1:111122223333:accesspoint/audit", same),
            plain(
                "https://audit-111122223333.s3-accesspoint.eu-west-1.amazonaws.com/",
                "eu-west-1"
            )
        );
    }

    #[test]
    fn what_is_signed_in_another_way_is_left_to_the_sdk() {
        let same: fn(&mut aws_sdk_s3::config::Builder) = |_| ();
        // Several regions at once are signed for with another algorithm.
        assert_eq!(
            learnt("arn:aws:s3::111122223333:accesspoint/audit.mrap", same),
            None
        );
    }
}
