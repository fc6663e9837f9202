//! Random names, and the secret that opens the acting half of the API.

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Bytes of a token before it is written in hex.
const TOKEN_BYTES: usize = 32;

/// `length` random bytes in hex.
///
/// # Errors
/// When the system has no randomness to give.
pub(crate) fn random_hex(length: usize) -> std::io::Result<String> {
    let mut bytes = vec![0_u8; length];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Reads the token, making it at the first start. The file is readable by its owner alone.
///
/// # Errors
/// When the file cannot be read, made or protected.
pub(crate) fn read_or_make_token(path: &Path) -> std::io::Result<String> {
    if let Some(token) = read_token(path)? {
        // A file that was copied about may have been opened to others.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        return Ok(token);
    }
    let token = random_hex(TOKEN_BYTES)?;
    let fresh = path.with_extension("new");
    let _ = std::fs::remove_file(&fresh);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    file.write_all(token.as_bytes())?;
    file.write_all(b"\n")?;
    std::fs::rename(&fresh, path)?;
    Ok(token)
}

/// Reads the token of an earlier start; none when there is no file or it holds no token.
///
/// # Errors
/// When the file is there but cannot be read.
pub(crate) fn read_token(path: &Path) -> std::io::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let token = text.trim();
            let sound = token.len() == TOKEN_BYTES * 2 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
            Ok(sound.then(|| token.to_owned()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_stays_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let first = read_or_make_token(&path).unwrap();
        assert_eq!(first.len(), 64);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(read_or_make_token(&path).unwrap(), first);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_token_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "").unwrap();
        assert_eq!(read_or_make_token(&path).unwrap().len(), 64);
    }
}
