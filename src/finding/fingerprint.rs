//! What a finding is known by across commits: never its line, never the raw value.

use sha2::{Digest, Sha256};

/// Sixteen hex digits over policy, environment, subject and the hash of the evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    pub fn of(policy: &str, environment: &str, subject: &str, evidence: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [policy, environment, subject] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.update(Sha256::digest(evidence.as_bytes()));
        let mut hex = String::with_capacity(16);
        for byte in hash.finalize().iter().take(8) {
            hex.push_str(&format!("{byte:02x}"));
        }
        Self(hex)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}
