//! What those who wait for a commit that failed are told.

use crate::store::StoreError;
use rusqlite::ErrorCode;

/// Why a commit failed, for each of those who wait for it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Full,
    Locked,
    Corrupt,
    Other,
}

impl Refusal {
    pub(super) fn of(error: &StoreError) -> Self {
        let StoreError::Sqlite(error) = error else { return Self::Other };
        match error.sqlite_error_code() {
            // A quota, or a bound on the size of files, is told as a failed write.
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt,
            _ => Self::Other,
        }
    }

    pub(super) fn into_error(self) -> StoreError {
        match self {
            Self::Full => StoreError::Full,
            Self::Locked => StoreError::Locked,
            Self::Corrupt => StoreError::Corrupt,
            Self::Other => StoreError::Closed,
        }
    }
}
