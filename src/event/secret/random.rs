//! What looks random: keys without a name or a form.

/// Whether 40 characters are as mixed as a random key. Digests are hexadecimal,
/// paths and camel case change between kinds of characters too seldom.
pub(super) fn looks_like_secret_access_key(text: &str) -> bool {
    text.len() == 40
        && !text.contains(['_', '-'])
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_uppercase())
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
        && changes_of_kind(text) >= 14
        && entropy(text) >= 4.4
}

/// How often a lower-case letter, an upper-case letter, a digit or a sign
/// follows one of another kind. About 25 in a random key.
fn changes_of_kind(text: &str) -> usize {
    let kind = |byte: u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    text.as_bytes()
        .windows(2)
        .filter(|pair| kind(pair[0]) != kind(pair[1]))
        .count()
}

/// Shannon entropy over the text's own bytes, in bits for each. About 4.7 in a
/// random key (one in 300 falls short of 4.4), 4.3 in the most mixed of names.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let total = f64::from(counts.iter().sum::<u32>());
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| f64::from(count) / total)
        .map(|share| -share * share.log2())
        .sum()
}
