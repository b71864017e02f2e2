//! Names of fields, variables and parameters that hold secrets.

/// Endings that mean a secret wherever a name has them, without separators and in
/// lower case: `db_password`, `masterUserPassword` and `DBPASSWORD` all end alike.
const ENDINGS: [&str; 16] = [
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "secretkey",
    "secretaccesskey",
    "privatekey",
    "privatekeymaterial",
    "keymaterial",
    "apikey",
    "authtoken",
    "accesstoken",
    "sessiontoken",
    "securitytoken",
    "secretstring",
    "xamzsignature",
];

/// Tokens that continue a listing, make a call safe to repeat or guard an update.
const HARMLESS_TOKENS: [&str; 16] = [
    "next",
    "client",
    "request",
    "idempotency",
    "idempotent",
    "pagination",
    "page",
    "continuation",
    "starting",
    "start",
    "creation",
    "change",
    "update",
    "lock",
    "sequence",
    "forward",
];

/// Whether a field of this name holds a secret itself: `masterUserPassword`,
/// `SECRET_TOKEN`, `/app/db/password`. Not so what names or describes a secret
/// (`secretId`, `tokenType`), nor tokens of paging and idempotency.
pub fn is_secret_key(name: &str) -> bool {
    if !may_be_secret(name) {
        return false;
    }
    let words = words(name);
    let squashed = words.concat();
    if ENDINGS.iter().any(|ending| squashed.ends_with(ending)) {
        return true;
    }
    let mut last = words.iter().rev().map(String::as_str);
    match last.next() {
        Some("secret" | "secrets" | "pwd" | "pass") => true,
        Some("token") => last
            .next()
            .is_none_or(|kind| !HARMLESS_TOKENS.contains(&kind)),
        _ => false,
    }
}

/// Whether the last three letters are those of a secret's name, whatever stands between
/// them: nearly no field's are, and this is asked of every field that is shown.
fn may_be_secret(name: &str) -> bool {
    const LAST: [&[u8; 3]; 13] = [
        b"ord", b"rds", b"swd", b"ase", b"key", b"ial", b"ken", b"ing", b"ure", b"ret", b"ets",
        b"pwd", b"ass",
    ];
    if !name.is_ascii() {
        return true;
    }
    let mut last = [0; 3];
    let letters = name.bytes().rev().filter(u8::is_ascii_alphabetic);
    for (place, letter) in last.iter_mut().rev().zip(letters) {
        *place = letter.to_ascii_lowercase();
    }
    LAST.contains(&&last)
}

/// The words of a name, in lower case: split at what is no letter, and where
/// camel case begins a word.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_alphabetic() {
            let ends_capitals = letters.peek().is_some_and(|next| next.is_lowercase());
            let begins = letter.is_uppercase() && (!before.is_uppercase() || ends_capitals);
            match words.last_mut() {
                Some(word) if before.is_alphabetic() && !begins => {
                    word.extend(letter.to_lowercase());
                }
                _ => words.push(letter.to_lowercase().collect()),
            }
        }
        before = letter;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_hold_a_secret() {
        for name in [
            "password",
            "masterUserPassword",
            "DB_PASSWORD",
            "dbpassword",
            "/app/db/password",
            "PASSWORD2",
            "secret",
            "clientSecret",
            "SecretString",
            "token",
            "authToken",
            "GITHUB_TOKEN",
            "personalAccessToken",
            "X-Amz-Security-Token",
            "secretAccessKey",
            "AWS_SECRET_ACCESS_KEY",
            "aws_session_token",
            "privateKey",
            "keyMaterial",
            "apiKey",
            "api-key",
            "APIKey",
            "DB_PASS",
        ] {
            assert!(is_secret_key(name), "{name}");
        }
    }

    #[test]
    fn what_ends_a_secret_name_is_looked_at() {
        let words = ["secret", "secrets", "pwd", "pass", "token"];
        for name in ENDINGS.into_iter().chain(words) {
            assert!(may_be_secret(name), "{name}");
            let apart: String = name.chars().flat_map(|letter| [letter, '_']).collect();
            assert!(may_be_secret(&apart.to_uppercase()), "{apart}");
        }
    }

    #[test]
    fn names_that_identify_describe_or_page() {
        for name in [
            "",
            "name",
            "secretId",
            "secretArn",
            "SecretName",
            "tokenId",
            "tokenType",
            "nextToken",
            "NextToken",
            "clientToken",
            "clientRequestToken",
            "idempotencyToken",
            "continuation-token",
            "maxTokens",
            "passwordResetRequired",
            "PasswordLastUsed",
            "accessKeyId",
            "accessKey",
            "kmsKeyId",
            "encryptionKey",
            "publicKey",
            "keyName",
            "bypass",
            "compass",
            "passRole",
            "sequenceToken",
        ] {
            assert!(!is_secret_key(name), "{name}");
        }
    }
}
