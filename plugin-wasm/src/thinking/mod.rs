//! Keeping the model's thinking out of sight: asked of the provider first, stripped from text where it leaks.

pub mod params;
pub mod strip;
