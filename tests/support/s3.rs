//! An S3 server on loopback: the protocol and the signatures are those of `s3s`,
//! the objects are in memory, and faults are put in between.

#![allow(dead_code)]

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::stream::{self, StreamExt};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::body::Frame;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::dto::{
    CommonPrefix, ETag, ETagCondition, GetObjectInput, GetObjectOutput, HeadObjectInput,
    HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output, Object, Range, StreamingBlob,
};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use sha2::{Digest, Sha256};

pub const BUCKET: &str = "audit";
pub const ACCESS_KEY: &str = "AKIAEXAMPLEEXAMPLE00";
pub const SECRET_KEY: &str = "not-a-secret-only-a-test";

/// What a server holds: keys and what they stand for.
pub type Objects = BTreeMap<String, Bytes>;

/// What was said of objects when they were written, by their keys.
pub type Metadata = BTreeMap<String, HashMap<String, String>>;

/// What is done instead of answering.
#[derive(Clone)]
pub enum Fault {
    /// An error, with more headers.
    Answer(
        u16,
        &'static str,
        &'static str,
        Vec<(&'static str, &'static str)>,
    ),
    /// Another answer, which is none of S3,
    Say(String),
    /// and one that is no success.
    Refuse(u16, String),
    /// The answer, with more headers.
    Add(Vec<(&'static str, String)>),
    /// The answer, whose body breaks off after so many bytes.
    Cut(usize),
}

/// A request, as faults are chosen by it.
pub struct Asked {
    pub method: hyper::Method,
    /// The key, empty for a listing.
    pub key: String,
    pub query: String,
    pub headers: hyper::HeaderMap,
    /// How often the same was asked for before.
    pub before: usize,
}

type Faults = Box<dyn Fn(&Asked) -> Option<Fault> + Send + Sync>;

/// A server, as long as it is kept.
pub struct Server {
    address: SocketAddr,
    state: Arc<State>,
    _runtime: tokio::runtime::Runtime,
}

struct State {
    faults: Faults,
    /// What was asked for, and how often.
    asked: Mutex<BTreeMap<String, usize>>,
}

impl Server {
    pub fn start(objects: Objects) -> Self {
        Self::with_faults(objects, |_| None)
    }

    pub fn with_faults(
        objects: Objects,
        faults: impl Fn(&Asked) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        Self::with_metadata(objects, Metadata::new(), faults)
    }

    pub fn with_metadata(
        objects: Objects,
        metadata: Metadata,
        faults: impl Fn(&Asked) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let state = Arc::new(State {
            faults: Box::new(faults),
            asked: Mutex::default(),
        });
        let mut builder = S3ServiceBuilder::new(Store(Arc::new(objects), Arc::new(metadata)));
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let service = builder.build();
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::clone(&state);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let (service, state) = (service.clone(), Arc::clone(&shared));
                let answer = service_fn(move |request| {
                    let (service, state) = (service.clone(), Arc::clone(&state));
                    async move { Ok::<_, Infallible>(answer(request, service, state).await) }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), answer),
                );
            }
        });
        Server {
            address,
            state,
            _runtime: runtime,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was asked for: `GET key` or `LIST query`, sorted.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.state.asked.lock().unwrap();
        let each = asked
            .iter()
            .flat_map(|(name, count)| std::iter::repeat_n(name, *count));
        each.cloned().collect()
    }

    /// A command that reaches this server and nothing else.
    pub fn command(&self) -> Command {
        let mut command = alone();
        command
            .env("AWS_ENDPOINT_URL", self.url())
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_REGION", "eu-central-1");
        command
    }
}

/// The command without anything that the machine or its user knows of AWS.
pub fn alone() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trailgate"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("NO_COLOR", "1");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    for proxy in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
    ] {
        command.env_remove(proxy);
    }
    command
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/nowhere/config")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials")
        .env("AWS_MAX_ATTEMPTS", "2");
    command
}

/// The files below a folder, by their path there.
pub fn objects_of(folder: &Path) -> Objects {
    let mut objects = Objects::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let key = path.strip_prefix(folder).unwrap().to_str().unwrap();
                objects.insert(key.to_owned(), std::fs::read(&path).unwrap().into());
            }
        }
    }
    objects
}

async fn answer(
    request: hyper::Request<hyper::body::Incoming>,
    service: S3Service,
    state: Arc<State>,
) -> hyper::Response<BoxBody<Bytes, io::Error>> {
    let asked = state.note(&request);
    let fault = (state.faults)(&asked);
    if let Some(Fault::Answer(status, code, message, headers)) = fault {
        let text = format!(
            "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
        );
        let mut response = hyper::Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        return response.body(whole(text.into())).unwrap();
    }
    if let Some(Fault::Say(text)) = fault {
        // The service of an instance's metadata says how long its token holds.
        return hyper::Response::builder()
            .header("x-aws-ec2-metadata-token-ttl-seconds", "600")
            .body(whole(text.into()))
            .unwrap();
    }
    if let Some(Fault::Refuse(status, text)) = fault {
        let response = hyper::Response::builder().status(status);
        return response.body(whole(text.into())).unwrap();
    }
    let (mut parts, body) = hyper::service::Service::call(&service, request)
        .await
        .unwrap()
        .into_parts();
    let bytes = BodyExt::collect(body).await.unwrap().to_bytes();
    if let Some(Fault::Add(headers)) = &fault {
        for (name, value) in headers {
            parts.headers.insert(*name, value.parse().unwrap());
        }
    }
    let body = match fault {
        Some(Fault::Cut(at)) if at < bytes.len() => cut(bytes.slice(..at)),
        _ => whole(bytes),
    };
    hyper::Response::from_parts(parts, body)
}

fn whole(bytes: Bytes) -> BoxBody<Bytes, io::Error> {
    Full::new(bytes).map_err(|never| match never {}).boxed()
}

/// What comes before the end is sent: only then the connection is closed.
fn cut(bytes: Bytes) -> BoxBody<Bytes, io::Error> {
    let sent = stream::iter([Ok(Frame::data(bytes))]);
    let broken = stream::once(async {
        tokio::task::yield_now().await;
        Err(io::Error::other("cut"))
    });
    BodyExt::boxed(StreamBody::new(sent.chain(broken)))
}

impl State {
    fn note(&self, request: &hyper::Request<hyper::body::Incoming>) -> Asked {
        let path = request.uri().path().trim_start_matches('/');
        let key = path
            .strip_prefix(BUCKET)
            .unwrap_or(path)
            .trim_start_matches('/');
        let query = request.uri().query().unwrap_or_default();
        let range = request
            .headers()
            .get("range")
            .and_then(|range| range.to_str().ok());
        let name = match key {
            "" => format!("LIST {query}"),
            key => format!("{} {key} {}", request.method(), range.unwrap_or_default())
                .trim_end()
                .to_owned(),
        };
        let mut asked = self.asked.lock().unwrap();
        let count = asked.entry(name).or_default();
        let before = *count;
        *count += 1;
        Asked {
            method: request.method().clone(),
            key: key.to_owned(),
            query: query.to_owned(),
            headers: request.headers().clone(),
            before,
        }
    }
}

struct Store(Arc<Objects>, Arc<Metadata>);

fn etag(bytes: &[u8]) -> String {
    Sha256::digest(bytes)[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[async_trait::async_trait]
impl S3 for Store {
    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let bytes = self.0.get(&input.key).ok_or_else(|| s3_error!(NoSuchKey))?;
        let etag = etag(bytes);
        if let Some(ETagCondition::ETag(wanted)) = &input.if_match
            && *wanted != ETag::Strong(etag.clone())
        {
            return Err(s3_error!(PreconditionFailed));
        }
        let length = bytes.len() as u64;
        let part = match input.range {
            None => 0..length,
            Some(Range::Int { first, last }) if first < length => {
                first..last.map_or(length, |last| length.min(last + 1))
            }
            Some(_) => return Err(s3_error!(InvalidRange)),
        };
        let content_range = input
            .range
            .map(|_| format!("bytes {}-{}/{length}", part.start, part.end - 1));
        let body = bytes.slice(part.start as usize..part.end as usize);
        Ok(S3Response::new(GetObjectOutput {
            content_length: Some(body.len() as i64),
            content_range,
            e_tag: Some(ETag::Strong(etag)),
            body: Some(StreamingBlob::wrap(stream::iter([Ok::<_, io::Error>(
                body,
            )]))),
            ..GetObjectOutput::default()
        }))
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let key = &request.input.key;
        let bytes = self.0.get(key).ok_or_else(|| s3_error!(NoSuchKey))?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: Some(bytes.len() as i64),
            e_tag: Some(ETag::Strong(etag(bytes))),
            metadata: self.1.get(key).cloned(),
            ..HeadObjectOutput::default()
        }))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        if input.bucket != BUCKET {
            return Err(s3_error!(NoSuchBucket));
        }
        let prefix = input.prefix.unwrap_or_default();
        let after = input
            .continuation_token
            .or(input.start_after)
            .unwrap_or_default();
        let most = input.max_keys.unwrap_or(1000) as usize;
        let mut output = ListObjectsV2Output::default();
        let (mut contents, mut folders) = (Vec::new(), Vec::<CommonPrefix>::new());
        let mut last = String::new();
        let from = after.clone().max(prefix.clone());
        for (key, bytes) in self.0.range(from..) {
            if *key <= after || !key.starts_with(&prefix) {
                if *key > prefix && !key.starts_with(&prefix) {
                    break;
                }
                continue;
            }
            let folder = input.delimiter.as_deref().and_then(|delimiter| {
                let end = key[prefix.len()..].find(delimiter)? + delimiter.len();
                Some(key[..prefix.len() + end].to_owned())
            });
            if folder.is_some() && folders.last().is_some_and(|known| known.prefix == folder) {
                last.clone_from(key);
                continue;
            }
            if contents.len() + folders.len() == most {
                output.is_truncated = Some(true);
                output.next_continuation_token = Some(last);
                break;
            }
            last.clone_from(key);
            match folder {
                Some(folder) => folders.push(CommonPrefix {
                    prefix: Some(folder),
                }),
                None => contents.push(Object {
                    key: Some(key.clone()),
                    size: Some(bytes.len() as i64),
                    e_tag: Some(ETag::Strong(etag(bytes))),
                    ..Object::default()
                }),
            }
        }
        output.contents = Some(contents);
        output.common_prefixes = Some(folders);
        Ok(S3Response::new(output))
    }
}
