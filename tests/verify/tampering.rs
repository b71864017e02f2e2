//! One tampering each.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::bucket::{self, Trail, Written, change};
use super::{ALL, KEYS, codes, flat, verify};
use crate::support::{gzip, put};

/// Makes a copy, tampers with it, and gives what `verify` says of it.
fn after(arguments: &[&str], tamper: impl FnOnce(&Path, &Written)) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let written = bucket::copy(folder.path(), &Trail::default());
    tamper(&folder.path().join("export"), &written);
    verify(folder.path(), arguments)
}

#[test]
fn a_copy_as_it_was_delivered_is_signed_to_its_end() {
    let (exit, text) = after(ALL, |_, _| {});
    insta::assert_snapshot!("sound", text);
    assert_eq!(exit, 0);
}

#[test]
fn without_metadata_the_newest_digest_is_an_unsigned_tail() {
    let (exit, text) = after(KEYS, |_, _| {});
    insta::assert_snapshot!("unsigned_tail", text);
    assert_eq!(exit, 0);
}

#[test]
fn without_keys_it_is_a_hash_chain_only() {
    let (exit, text) = after(&["export"], |_, _| {});
    insta::assert_snapshot!("hash_chain", text);
    assert_eq!(exit, 0);
}

#[test]
fn one_byte_of_a_log_flipped() {
    let (exit, text) = after(ALL, |export, written| {
        change(&export.join(&written.logs[0][1]), |text| {
            text.replacen("Info", "Inf0", 1)
        });
    });
    insta::assert_snapshot!("log_flipped", text);
    assert_eq!((exit, codes(&text)), (1, vec!["TG2110"]));
}

#[test]
fn one_byte_of_a_compressed_log_flipped() {
    let (exit, text) = after(ALL, |export, written| {
        let path = export.join(&written.logs[0][1]);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        fs::write(&path, bytes).unwrap();
    });
    assert_eq!((exit, codes(&text)), (1, vec!["TG2110"]), "{text}");
    assert!(
        flat(&text).contains("00000008_") || flat(&text).contains("20260203T0811Z"),
        "{text}"
    );
}

#[test]
fn a_log_removed() {
    let (exit, text) = after(ALL, |export, written| {
        fs::remove_file(export.join(&written.logs[1][0])).unwrap();
    });
    insta::assert_snapshot!("log_removed", text);
    assert_eq!((exit, codes(&text)), (1, vec!["TG2111"]));
}

#[test]
fn a_log_added() {
    let (exit, text) = after(ALL, |export, _| {
        let key = bucket::log_key(&Trail::default(), 9, 55);
        put(export, &key, gzip(b"{\"Records\":[]}"));
    });
    insta::assert_snapshot!("log_added", text);
    assert_eq!((exit, codes(&text)), (1, vec!["TG2112"]));
}

#[test]
fn a_file_of_another_name_added_among_the_logs() {
    let (exit, text) = after(ALL, |export, written| {
        let beside = Path::new(&written.logs[0][0]).with_file_name("extra.json.gz");
        put(export, beside.to_str().unwrap(), gzip(b"{}"));
    });
    assert_eq!((exit, codes(&text)), (1, vec!["TG2112"]), "{text}");
    assert!(flat(&text).contains("not called as CloudTrail calls log files"));
}

#[test]
fn a_digest_removed_from_the_middle() {
    let (exit, text) = after(ALL, |export, written| {
        fs::remove_file(export.join(&written.digests[1])).unwrap();
    });
    insta::assert_snapshot!("digest_removed", text);
    assert_eq!((exit, codes(&text)), (1, vec!["TG2105", "TG2112"]));
}

#[test]
fn two_digests_swapped() {
    let (exit, text) = after(ALL, |export, written| {
        let paths = [&written.digests[1], &written.digests[2]].map(|key| export.join(key));
        let contents = paths.clone().map(|path| fs::read(path).unwrap());
        fs::write(&paths[0], &contents[1]).unwrap();
        fs::write(&paths[1], &contents[0]).unwrap();
    });
    insta::assert_snapshot!("digests_swapped", text);
    assert_eq!((exit, codes(&text)), (1, vec!["TG2109", "TG2109"]));
}

/// Turns one digit of a signature into another.
fn flip(signature: &str) -> String {
    let other = if signature.starts_with('0') { "1" } else { "0" };
    format!("{other}{}", &signature[1..])
}

#[test]
fn a_signature_altered_in_the_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let written = bucket::copy(folder.path(), &Trail::default());
    let mut metadata = written.metadata.clone();
    let signature = metadata[&written.digests[1]]["signature"].as_str().unwrap();
    let altered = flip(signature);
    metadata[&written.digests[1]]["signature"] = altered.into();
    bucket::save_metadata(folder.path(), &metadata);
    let (exit, text) = verify(folder.path(), ALL);
    insta::assert_snapshot!("signature_altered", text);
    assert_eq!((exit, codes(&text)), (1, vec!["TG2104"]));
}

#[test]
fn the_signature_of_the_newest_digest_altered() {
    let folder = tempfile::tempdir().unwrap();
    let written = bucket::copy(folder.path(), &Trail::default());
    let mut metadata = written.metadata.clone();
    let signature = metadata[&written.digests[3]]["signature"].as_str().unwrap();
    let altered = flip(signature);
    metadata[&written.digests[3]]["signature"] = altered.into();
    bucket::save_metadata(folder.path(), &metadata);
    let (exit, text) = verify(folder.path(), ALL);
    assert_eq!((exit, codes(&text)), (1, vec!["TG2103"]), "{text}");
    assert!(flat(&text).contains("the digest or its signature was altered"));
}

#[test]
fn a_signature_altered_where_the_next_digest_quotes_it() {
    for (arguments, expected) in [
        // With the metadata both digests are judged by their own signatures.
        (ALL, ["TG2104", "TG2103"]),
        (KEYS, ["TG2104", "TG2103"]),
    ] {
        let (exit, text) = after(arguments, |export, written| {
            let signature = written.metadata[&written.digests[1]]["signature"].clone();
            let signature = signature.as_str().unwrap();
            change(&export.join(&written.digests[2]), |text| {
                text.replace(signature, &flip(signature))
            });
        });
        assert_eq!((exit, codes(&text)), (1, expected.to_vec()), "{text}");
    }
}

#[test]
fn a_digest_altered() {
    for arguments in [ALL, KEYS] {
        let (exit, text) = after(arguments, |export, written| {
            change(&export.join(&written.digests[1]), |text| {
                text.replacen("\"newestEventTime\":null", "\"newestEventTime\":\"\"", 1)
            });
        });
        assert_eq!((exit, codes(&text)), (1, vec!["TG2103"]), "{text}");
        assert!(flat(&text).contains("the digest was altered"), "{text}");
        assert!(flat(&text).contains("20260203T100000Z"), "{text}");
    }
}

#[test]
fn a_digest_altered_shows_in_the_hashes_alone() {
    let (exit, text) = after(&["export"], |export, written| {
        change(&export.join(&written.digests[1]), |text| {
            text.replacen("\"newestEventTime\":null", "\"newestEventTime\":\"\"", 1)
        });
    });
    assert_eq!((exit, codes(&text)), (1, vec!["TG2103"]), "{text}");
    assert!(flat(&text).contains("is not the one that the next digest follows"));
}

/// Whoever alters a log and mends its digest is found out by the signature.
#[test]
fn a_log_altered_together_with_its_digest() {
    let (exit, text) = after(ALL, |export, written| {
        let log = export.join(&written.logs[1][0]);
        let before = bucket::sha256(bucket::log(9, 0).as_bytes());
        change(&log, |text| text.replacen("Info", "Nice", 1));
        let forged = bucket::log(9, 0).replacen("Info", "Nice", 1);
        let after = bucket::sha256(forged.as_bytes());
        change(&export.join(&written.digests[1]), |text| {
            text.replace(&before, &after)
        });
    });
    assert_eq!((exit, codes(&text)), (1, vec!["TG2103"]), "{text}");
}

#[test]
fn the_newest_digest_altered_without_metadata_is_what_an_unsigned_tail_cannot_show() {
    let tamper = |export: &Path, written: &Written| {
        change(&export.join(&written.digests[3]), |text| {
            text.replacen("\"newestEventTime\":null", "\"newestEventTime\":\"\"", 1)
        });
    };
    let (exit, text) = after(KEYS, tamper);
    assert_eq!(exit, 0, "{text}");
    assert!(flat(&text).contains("unsigned tail"), "{text}");
    let (exit, text) = after(ALL, tamper);
    assert_eq!((exit, codes(&text)), (1, vec!["TG2103"]), "{text}");
}

#[test]
fn a_key_missing() {
    let folder = tempfile::tempdir().unwrap();
    bucket::copy(folder.path(), &Trail::default());
    let other = bucket::public_keys("00000000000000000000000000000000");
    put(folder.path(), "keys.json", other);
    let (exit, text) = verify(folder.path(), ALL);
    insta::assert_snapshot!("key_missing", text);
    assert_eq!((exit, codes(&text)), (4, vec!["TG2113"]));
}

#[test]
fn what_was_compressed_anew_is_still_as_delivered() {
    let (exit, text) = after(ALL, |export, written| {
        for key in written.logs.iter().flatten().chain(&written.digests) {
            let path = export.join(key);
            let packed = fs::read(&path).unwrap();
            let mut bytes = Vec::new();
            let mut decoder = flate2::read::GzDecoder::new(packed.as_slice());
            std::io::Read::read_to_end(&mut decoder, &mut bytes).unwrap();
            // Two members, and not as they were compressed before.
            let (a, b) = bytes.split_at(bytes.len() / 3);
            let anew = [gzip(a), gzip(b)].concat();
            assert_ne!(anew, packed);
            fs::write(&path, anew).unwrap();
        }
    });
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
    assert!(flat(&text).contains("signed: what was delivered"));
}

#[test]
fn something_appended_to_a_log() {
    let (exit, text) = after(ALL, |export, written| {
        let path = export.join(&written.logs[0][0]);
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend(b"and more");
        fs::write(&path, bytes).unwrap();
    });
    insta::assert_snapshot!("appended", text);
    assert_eq!((exit, codes(&text)), (1, vec!["TG2110"]));
}

#[test]
fn a_log_moved() {
    let (exit, text) = after(ALL, |export, written| {
        let from = export.join(&written.logs[0][0]);
        let to = export.join(written.logs[0][0].replace("/03/", "/04/"));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::rename(from, to).unwrap();
    });
    insta::assert_snapshot!("log_moved", text);
    assert_eq!((exit, codes(&text)), (1, vec!["TG2109"]));
}

#[test]
fn a_digest_moved() {
    for folders in [("/03/", "/04/"), ("/111122223333/", "/444455556666/")] {
        let (exit, text) = after(ALL, |export, written| {
            let from = export.join(&written.digests[1]);
            let to = export.join(written.digests[1].replace(folders.0, folders.1));
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::rename(from, to).unwrap();
        });
        assert_eq!((exit, codes(&text)), (1, vec!["TG2109"]), "{text}");
        assert!(flat(&text).contains("the digest was moved"), "{text}");
    }
}

#[test]
fn an_old_digest_put_in_a_second_place() {
    let (exit, text) = after(ALL, |export, written| {
        let from = export.join(&written.digests[1]);
        let to = export.join(written.digests[1].replace("/03/", "/04/"));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    });
    assert_eq!((exit, codes(&text)), (1, vec!["TG2109"]), "{text}");
    assert!(
        flat(&text).contains("a digest stands in a second place"),
        "{text}"
    );
}

#[test]
fn a_digest_that_was_never_part_of_the_chain() {
    let (exit, text) = after(ALL, |export, written| {
        // The digest of 09:00 says that it is the one of 09:30.
        let key = written.digests[1].replace("T100000Z", "T103000Z");
        let path = put(
            export,
            &key,
            fs::read(export.join(&written.digests[1])).unwrap(),
        );
        change(&path, |text| {
            let mut digest: Value = serde_json::from_str(&text).unwrap();
            digest["digestS3Object"] = key.clone().into();
            digest["digestEndTime"] = "2026-02-03T10:30:00Z".into();
            digest["logFiles"] = Value::Array(Vec::new());
            digest.to_string()
        });
    });
    assert_eq!((exit, codes(&text)), (1, vec!["TG2108"]), "{text}");
}

/// Without the signature that the newest digest quotes, the one before it could be
/// altered unseen, and so on to the first.
#[test]
fn the_signature_left_out_of_the_newest_digest_does_not_lower_the_level() {
    let (exit, text) = after(KEYS, |export, written| {
        let signature = written.metadata[&written.digests[2]]["signature"].clone();
        change(&export.join(&written.digests[3]), |text| {
            text.replace(&signature.to_string(), "null")
        });
    });
    assert_eq!(exit, 1, "{text}");
    assert_eq!(codes(&text)[0], "TG2102", "{text}");
}

#[test]
fn two_copies_at_once_are_not_taken_for_one() {
    let folder = tempfile::tempdir().unwrap();
    bucket::copy(folder.path(), &Trail::default());
    bucket::write(&folder.path().join("export/again"), &Trail::default());
    let (exit, text) = verify(folder.path(), ALL);
    assert_eq!(exit, 1, "{text}");
    assert!(flat(&text).contains("verify one copy at a time"), "{text}");
}

/// Decompresses a file as `gunzip` does: under its name without the ending.
fn gunzip(path: &Path) {
    let packed = fs::read(path).unwrap();
    let mut decoder = flate2::read::GzDecoder::new(packed.as_slice());
    let mut file = fs::File::create(path.with_extension("")).unwrap();
    std::io::copy(&mut decoder, &mut file).unwrap();
    fs::remove_file(path).unwrap();
}

#[test]
fn a_copy_that_was_decompressed_where_it_lies() {
    for digests_too in [false, true] {
        let unpack = |export: &Path, written: &Written| {
            let logs = written.logs.iter().flatten();
            let digests = written.digests.iter().filter(|_| digests_too);
            logs.chain(digests)
                .for_each(|key| gunzip(&export.join(key)));
        };
        let (exit, text) = after(ALL, unpack);
        assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
        assert!(text.contains("5; 5 intact under a signature"), "{text}");
        let (exit, text) = after(ALL, |export, written| {
            unpack(export, written);
            let path = export.join(&written.logs[0][1]).with_extension("");
            let log = fs::read_to_string(&path).unwrap();
            fs::write(&path, log.replacen("Info", "Inf0", 1)).unwrap();
        });
        assert_eq!((exit, codes(&text)), (1, vec!["TG2110"]), "{text}");
    }
}

#[test]
fn a_decompressed_log_beside_the_one_that_was_delivered() {
    let (exit, text) = after(ALL, |export, written| {
        let path = export.join(&written.logs[0][0]);
        let packed = fs::read(&path).unwrap();
        gunzip(&path);
        fs::write(&path, packed).unwrap();
    });
    assert_eq!((exit, codes(&text)), (1, vec!["TG2112"]), "{text}");
    assert!(text.contains("5; 5 intact under a signature"), "{text}");
}
