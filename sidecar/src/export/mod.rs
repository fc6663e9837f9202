//! A session with its events as something to keep: lines of JSON, or one page.

mod about;
mod page;

pub(crate) use about::about;
pub(crate) use page::Page;

/// Events that a page shows; the first ones.
pub(crate) const MOST_ON_A_PAGE: usize = 20_000;
