//! The check sum that S3 keeps beside an object.
//!
//! In come the headers of an answer; out comes what the bytes of the whole object
//! must come to, whichever of the sums it is that whoever wrote the object chose.

use aws_sdk_s3::config::http::HttpResponse;
use aws_smithy_checksums::ChecksumAlgorithm;
use aws_smithy_checksums::http::CHECKSUM_ALGORITHMS_IN_PRIORITY_ORDER;
use data_encoding::BASE64;

/// Asks for it.
pub(super) const ASK: (&str, &str) = ("x-amz-checksum-mode", "ENABLED");

/// What the bytes of an object come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checksum {
    algorithm: ChecksumAlgorithm,
    value: Vec<u8>,
}

impl Checksum {
    /// The sum of all bytes that an answer tells; of several, the one that takes the
    /// least time. An object that was written in parts may have one over the sums of
    /// those alone, which says nothing here.
    pub(super) fn of(answer: &HttpResponse) -> Option<Self> {
        Self::among(|name| answer.headers().get(name).map(str::to_owned))
    }

    fn among(header: impl Fn(&str) -> Option<String>) -> Option<Self> {
        if header("x-amz-checksum-type").is_some_and(|kind| kind == "COMPOSITE") {
            return None;
        }
        CHECKSUM_ALGORITHMS_IN_PRIORITY_ORDER
            .iter()
            .find_map(|name| {
                let written = header(&format!("x-amz-checksum-{name}"))?;
                Some(Checksum {
                    algorithm: name.parse().ok()?,
                    // One over parts has their number behind it, and is no base64.
                    value: BASE64.decode(written.as_bytes()).ok()?,
                })
            })
    }

    /// Whether the bytes come to it.
    pub(super) fn is_of(&self, bytes: &[u8]) -> bool {
        let mut sum = self.algorithm.into_impl();
        sum.update(bytes);
        sum.finalize() == self.value
    }

    /// Says that they do not.
    pub(super) fn mismatch(&self) -> String {
        let name = self.algorithm.as_str();
        format!("what came has another check sum ({name}) than S3 keeps of it")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn among(headers: &[(&str, &str)]) -> Option<Checksum> {
        Checksum::among(|name| {
            let found = headers.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    /// Of `123456789`, as the definitions of the algorithms give it.
    const SUMS: [(&str, &str); 5] = [
        ("x-amz-checksum-crc32", "y/Q5Jg=="),
        ("x-amz-checksum-crc32c", "4waSgw=="),
        ("x-amz-checksum-crc64nvme", "rosUhgp5mIg="),
        ("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
        (
            "x-amz-checksum-sha256",
            "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
        ),
    ];

    #[test]
    fn each_sum_that_s3_knows_holds_for_its_bytes_and_for_no_others() {
        for header in SUMS {
            let sum = among(&[header]).unwrap();
            assert!(sum.is_of(b"123456789"), "{header:?}");
            assert!(!sum.is_of(b"123456780"), "{header:?}");
            assert!(!sum.is_of(b""), "{header:?}");
        }
    }

    #[test]
    fn a_sum_over_parts_and_one_that_is_not_known_say_nothing() {
        for headers in [
            &[][..],
            &[("x-amz-checksum-xxhash64", "rosUhgp5mIg=")],
            &[("x-amz-checksum-crc32", "y/Q5Jg==-3")],
            &[
                ("x-amz-checksum-type", "COMPOSITE"),
                ("x-amz-checksum-crc32", "y/Q5Jg=="),
            ],
        ] {
            assert_eq!(among(headers), None, "{headers:?}");
        }
    }
}
