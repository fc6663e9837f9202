//! The providers that Rozet knows by name.

use genai::adapter::AdapterKind;

/// Who answers, and in which API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProviderKind {
    OpenAi,
    OpenRouter,
    Groq,
    Anthropic,
    Gemini,
    Ollama,
    OpenAiCompatible,
}

impl ProviderKind {
    pub(crate) const ALL: [Self; 7] = [
        Self::OpenAi,
        Self::OpenRouter,
        Self::Groq,
        Self::Anthropic,
        Self::Gemini,
        Self::Ollama,
        Self::OpenAiCompatible,
    ];

    /// The name in settings and on screen.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::OpenRouter => "openrouter",
            Self::Groq => "groq",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
            Self::OpenAiCompatible => "openai-compatible",
        }
    }

    /// The provider of that name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Where it answers, from each provider's public API reference; with a trailing slash, without which
    /// joining a path would lose the last segment.
    pub(crate) const fn endpoint(self) -> Option<&'static str> {
        match self {
            Self::OpenAi => Some("https://api.openai.com/v1/"),
            Self::OpenRouter => Some("https://openrouter.ai/api/v1/"),
            Self::Groq => Some("https://api.groq.com/openai/v1/"),
            Self::Anthropic => Some("https://api.anthropic.com/v1/"),
            Self::Gemini => Some("https://generativelanguage.googleapis.com/v1beta/"),
            // Ollama's own API has no schema; the compatible one beside it does.
            Self::Ollama => Some("http://localhost:11434/v1/"),
            Self::OpenAiCompatible => None,
        }
    }

    /// The variables in which people keep its key, the first set one wins; none for those without keys.
    pub(crate) const fn key_variables(self) -> &'static [&'static str] {
        match self {
            Self::OpenAi => &["OPENAI_API_KEY"],
            Self::OpenRouter => &["OPENROUTER_API_KEY"],
            Self::Groq => &["GROQ_API_KEY"],
            Self::Anthropic => &["ANTHROPIC_API_KEY"],
            Self::Gemini => &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
            Self::Ollama | Self::OpenAiCompatible => &[],
        }
    }

    /// The API that it speaks.
    pub(super) const fn adapter(self) -> AdapterKind {
        match self {
            Self::Anthropic => AdapterKind::Anthropic,
            Self::Gemini => AdapterKind::Gemini,
            Self::OpenAi | Self::OpenRouter | Self::Groq | Self::Ollama | Self::OpenAiCompatible => {
                AdapterKind::OpenAI
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_is_found_by_its_name_and_endpoints_end_in_a_slash() {
        for kind in ProviderKind::ALL {
            assert_eq!(ProviderKind::of(kind.name()), Some(kind));
            assert!(kind.endpoint().is_none_or(|endpoint| endpoint.ends_with('/')));
        }
        assert_eq!(ProviderKind::of("magic"), None);
    }
}
