//! The browser that the dashboard is tested in.

use super::system::find_or_install;
use crate::environment::{program, variable};
use crate::progress::Step;
use std::path::PathBuf;

/// Where the browser is, or why there is none.
pub(crate) type Browser = Result<PathBuf, String>;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Finds a browser, or installs one where that is possible.
pub(crate) fn browser(step: &Step) -> Browser {
    if let Some(path) = variable("ROZET_CHROMIUM").map(PathBuf::from) {
        let wrong = format!("ROZET_CHROMIUM={} is not a file", path.display());
        return path.is_file().then_some(path).ok_or(wrong);
    }
    find_or_install(step, "chromium", || NAMES.into_iter().find_map(program))
}
