//! Tells whether a file is still what it was.

use cap_std::fs::{File, Metadata, MetadataExt};
use sha2::{Digest, Sha256};
use std::io::Read;

/// Files up to this size, in bytes, are compared by content; larger ones by size, time and number.
pub(super) const MAX_CONTENT_BYTES: u64 = 16 * 1024 * 1024;

/// What a file was at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fingerprint {
    Content([u8; 32]),
    Metadata { bytes: u64, modified: (i64, i64), number: u64 },
}

impl Fingerprint {
    pub(super) fn of_bytes(bytes: &[u8]) -> Self {
        Self::Content(Sha256::digest(bytes).into())
    }

    pub(super) fn of_metadata(metadata: &Metadata) -> Self {
        Self::Metadata {
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            number: metadata.ino(),
        }
    }

    /// Of an open file, from its beginning.
    pub(super) fn of_file(file: &mut File, metadata: &Metadata) -> std::io::Result<Self> {
        if metadata.len() > MAX_CONTENT_BYTES {
            return Ok(Self::of_metadata(metadata));
        }
        let mut bytes = Vec::new();
        file.take(MAX_CONTENT_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(Self::of_bytes(&bytes))
    }
}
