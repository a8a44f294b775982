//! Secret values never leave this layer: what a renderer gets to see of them is their length.

use super::{SourceFile, Span};

/// Names whose values are shown to nobody.
const SENSITIVE: [&str; 14] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "accesskey",
    "access_key",
    "privatekey",
    "private_key",
    "credential",
    "dsn",
];

/// Says whether a key's name announces a secret: `VendorB_API_Password`, `aws_secret_access_key`.
pub fn looks_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    SENSITIVE.iter().any(|word| name.contains(word)) || name.ends_with("_auth") || name == "auth"
}

/// What is shown in a secret's place.
pub fn redacted(value: &str) -> String {
    format!("<redacted, {} bytes>", value.len())
}

/// A text with the bytes under some spans replaced, each by as many `*`, so that every other offset stays true.
#[derive(Debug, Clone)]
pub struct Redaction;

impl Redaction {
    /// Masks the given spans. Line breaks are kept, and a character is never cut.
    pub fn mask(file: &SourceFile, spans: &[Span]) -> String {
        let mut out: Vec<u8> = file.text().as_bytes().to_vec();
        for span in spans {
            let end = span.end.min(out.len());
            for byte in out.get_mut(span.start..end).unwrap_or_default() {
                if *byte != b'\n' && *byte != b'\r' {
                    *byte = b'*';
                }
            }
        }
        String::from_utf8(out).unwrap_or_default()
    }
}
