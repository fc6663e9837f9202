//! What a provider must be told so that it keeps the thinking to itself.
//!
//! Only keys that hide thinking, none that switch it off: that would make the answers worse. And only where the
//! endpoint documents the key: many OpenAI-compatible servers answer an unknown key with 400 and break the turn,
//! so an unknown provider is sent nothing and the text is stripped instead.

use crate::input::Params;
use serde_json::{Map, Value, json};

/// The options to set: only new keys, and keys inside an object that keep what it already has.
#[must_use]
pub fn suppress(params: &Params) -> Map<String, Value> {
    let mut set = Map::new();
    if !params.reasoning {
        return set;
    }
    let model = params.model_id.to_ascii_lowercase();
    let provider = params.provider_id.to_ascii_lowercase();
    match Endpoint::of(&params.npm, &provider) {
        // https://openrouter.ai/docs/use-cases/reasoning-tokens
        Some(Endpoint::OpenRouter) if !needs_its_thinking_back(&model) => {
            exclude(&params.options, &mut set);
        }
        // https://console.groq.com/docs/reasoning: gpt-oss knows only `include_reasoning`, which the SDK drops.
        Some(Endpoint::GroqSdk) if !model.contains("gpt-oss") => {
            add(params, &mut set, "reasoningFormat", json!("hidden"));
        }
        Some(Endpoint::Groq) if model.contains("gpt-oss") => {
            add(params, &mut set, "include_reasoning", json!(false));
        }
        Some(Endpoint::Groq) => add(params, &mut set, "reasoning_format", json!("hidden")),
        // https://inference-docs.cerebras.ai/capabilities/reasoning: `hidden` is for gpt-oss alone.
        Some(Endpoint::Cerebras) if model.contains("gpt-oss") => {
            add(params, &mut set, "reasoning_format", json!("hidden"));
        }
        // Tried with OpenCode 1.18.33, which asks OpenAI for summaries (`auto`) and Gemini for thoughts by default, and Claude for
        // summaries where the person chose an effort. Without its text, thinking goes back encrypted or signed as before.
        Some(Endpoint::OpenAi) => {
            let by_default = params.options.get("reasoningSummary").and_then(Value::as_str) == Some("auto");
            if by_default && !params.configured.contains_key("reasoningSummary") {
                set.insert("reasoningSummary".to_owned(), Value::Null);
            }
        }
        // The package passes `display` on only beside `adaptive`.
        Some(Endpoint::Anthropic) => {
            within(params, &mut set, "thinking", ("display", json!("summarized")), json!("omitted"));
        }
        Some(Endpoint::Google) => {
            within(params, &mut set, "thinkingConfig", ("includeThoughts", json!(true)), json!(false));
        }
        // vLLM's chat completions: `include_reasoning`; unknown keys are ignored.
        Some(Endpoint::Vllm) => add(params, &mut set, "include_reasoning", json!(false)),
        Some(Endpoint::OpenRouter | Endpoint::GroqSdk | Endpoint::Cerebras) | None => {}
    }
    set
}

/// Who answers, as far as the SDK package and the provider's id tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    OpenRouter,
    /// Groq through its own SDK package, which passes on only what it knows.
    GroqSdk,
    /// Groq through the OpenAI-compatible package, which passes on everything.
    Groq,
    Cerebras,
    Vllm,
    OpenAi,
    Anthropic,
    Google,
}

impl Endpoint {
    fn of(npm: &str, provider: &str) -> Option<Self> {
        match npm {
            "@openrouter/ai-sdk-provider" => Some(Self::OpenRouter),
            "@ai-sdk/groq" => Some(Self::GroqSdk),
            "@ai-sdk/cerebras" => Some(Self::Cerebras),
            "@ai-sdk/openai" | "@ai-sdk/azure" => Some(Self::OpenAi),
            "@ai-sdk/anthropic" | "@ai-sdk/google-vertex/anthropic" => Some(Self::Anthropic),
            "@ai-sdk/google" | "@ai-sdk/google-vertex" => Some(Self::Google),
            "@ai-sdk/openai-compatible" => match provider {
                "openrouter" => Some(Self::OpenRouter),
                "groq" => Some(Self::Groq),
                "cerebras" => Some(Self::Cerebras),
                other if other.contains("vllm") => Some(Self::Vllm),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Models whose tool calls fail, or get worse, when their thinking is not handed back: hidden thinking never
/// reaches OpenCode, so it could not.
fn needs_its_thinking_back(model: &str) -> bool {
    ["gemini", "claude", "deepseek", "kimi", "minimax"].iter().any(|family| model.contains(family))
}

fn add(params: &Params, set: &mut Map<String, Value>, key: &str, value: Value) {
    // The three spellings of the same wish: one that the person has set decides.
    let decided = ["reasoningFormat", "reasoning_format", "include_reasoning"];
    if !decided.iter().any(|known| params.options.contains_key(*known)) {
        set.insert(key.to_owned(), value);
    }
}

/// Changes one field of an option that stands at OpenCode's default, unless the person's configuration speaks of the option.
fn within(
    params: &Params,
    set: &mut Map<String, Value>,
    key: &str,
    (field, default): (&str, Value),
    wanted: Value,
) {
    if params.configured.contains_key(key) {
        return;
    }
    let Some(Value::Object(option)) = params.options.get(key) else { return };
    if option.get(field) == Some(&default) {
        let mut option = option.clone();
        option.insert(field.to_owned(), wanted);
        set.insert(key.to_owned(), Value::Object(option));
    }
}

/// `reasoning: { exclude: true }`, beside what `reasoning` already says.
fn exclude(options: &Map<String, Value>, set: &mut Map<String, Value>) {
    let mut reasoning = match options.get("reasoning") {
        None => Map::new(),
        Some(Value::Object(existing)) if !existing.contains_key("exclude") => existing.clone(),
        Some(_) => return,
    };
    if options.contains_key("include_reasoning") {
        return;
    }
    reasoning.insert("exclude".to_owned(), Value::Bool(true));
    set.insert("reasoning".to_owned(), Value::Object(reasoning));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(npm: &str, provider: &str, model: &str, reasoning: bool, options: Value) -> Value {
        let Value::Object(options) = options else { panic!("an object") };
        Value::Object(suppress(&Params {
            session_id: "s".into(),
            agent: "build".into(),
            provider_id: provider.into(),
            model_id: model.into(),
            npm: npm.into(),
            reasoning,
            options,
            configured: Map::new(),
        }))
    }

    #[test]
    fn each_provider_gets_only_what_it_documents() {
        const COMPATIBLE: &str = "@ai-sdk/openai-compatible";
        const ROUTER: &str = "@openrouter/ai-sdk-provider";
        for (npm, provider, model, expected) in [
            (ROUTER, "openrouter", "qwen/qwen3-coder", json!({"reasoning": {"exclude": true}})),
            (COMPATIBLE, "openrouter", "openai/gpt-oss-120b", json!({"reasoning": {"exclude": true}})),
            (ROUTER, "openrouter", "google/gemini-3-pro", json!({})),
            (ROUTER, "openrouter", "anthropic/claude-sonnet-5", json!({})),
            ("@ai-sdk/groq", "groq", "qwen/qwen3-32b", json!({"reasoningFormat": "hidden"})),
            ("@ai-sdk/groq", "groq", "openai/gpt-oss-20b", json!({})),
            (COMPATIBLE, "groq", "qwen/qwen3-32b", json!({"reasoning_format": "hidden"})),
            (COMPATIBLE, "groq", "openai/gpt-oss-20b", json!({"include_reasoning": false})),
            ("@ai-sdk/cerebras", "cerebras", "gpt-oss-120b", json!({"reasoning_format": "hidden"})),
            ("@ai-sdk/cerebras", "cerebras", "qwen-3.8-27b", json!({})),
            (COMPATIBLE, "my-vllm", "qwen3", json!({"include_reasoning": false})),
            (COMPATIBLE, "corporate-gateway", "deepseek-r1", json!({})),
            ("@ai-sdk/openai", "openai", "gpt-5.2", json!({})),
            ("@ai-sdk/anthropic", "anthropic", "claude-opus-5", json!({})),
            ("@ai-sdk/google", "google", "gemini-3-pro", json!({})),
        ] {
            assert_eq!(set(npm, provider, model, true, json!({})), expected, "{npm} {provider} {model}");
            assert_eq!(set(npm, provider, model, false, json!({})), json!({}), "{npm} without reasoning");
        }
    }

    #[test]
    fn what_opencode_asks_for_by_default_is_taken_back() {
        let openai = |options| set("@ai-sdk/openai", "openai", "gpt-5.2", true, options);
        assert_eq!(openai(json!({"reasoningSummary": "auto"})), json!({"reasoningSummary": null}));
        assert_eq!(openai(json!({"reasoningSummary": "detailed"})), json!({}));
        let claude = |options| set("@ai-sdk/anthropic", "anthropic", "claude-opus-4-7", true, options);
        assert_eq!(
            claude(json!({"thinking": {"type": "adaptive", "display": "summarized"}, "effort": "high"})),
            json!({"thinking": {"type": "adaptive", "display": "omitted"}})
        );
        assert_eq!(claude(json!({"thinking": {"type": "enabled", "budgetTokens": 16000}})), json!({}));
        let gemini = |options| set("@ai-sdk/google", "google", "gemini-3-pro", true, options);
        assert_eq!(
            gemini(json!({"thinkingConfig": {"includeThoughts": true, "thinkingLevel": "high"}})),
            json!({"thinkingConfig": {"includeThoughts": false, "thinkingLevel": "high"}})
        );
        assert_eq!(gemini(json!({"thinkingConfig": {"thinkingLevel": "high"}})), json!({}));
        assert_eq!(gemini(json!({"thinkingConfig": true})), json!({}));
    }

    #[test]
    fn what_the_person_configured_stays() {
        for (npm, options) in [
            ("@ai-sdk/openai", json!({"reasoningSummary": "auto"})),
            ("@ai-sdk/google", json!({"thinkingConfig": {"includeThoughts": true}})),
            ("@ai-sdk/anthropic", json!({"thinking": {"type": "adaptive", "display": "summarized"}})),
        ] {
            let Value::Object(options) = options else { panic!("an object") };
            let params = Params {
                session_id: "s".into(),
                agent: "build".into(),
                provider_id: "p".into(),
                model_id: "m".into(),
                npm: npm.into(),
                reasoning: true,
                configured: options.clone(),
                options,
            };
            assert_eq!(suppress(&params), Map::new(), "{npm}");
        }
    }

    #[test]
    fn what_the_person_set_stays() {
        let router = |options| set("@openrouter/ai-sdk-provider", "openrouter", "qwen/qwen3", true, options);
        let kept = json!({"reasoning": {"effort": "high", "exclude": true}});
        assert_eq!(router(json!({"reasoning": {"effort": "high"}})), kept);
        assert_eq!(router(json!({"reasoning": {"exclude": false}})), json!({}));
        assert_eq!(router(json!({"reasoning": true})), json!({}));
        assert_eq!(router(json!({"include_reasoning": true})), json!({}));
        let groq = |options| set("@ai-sdk/openai-compatible", "groq", "qwen3", true, options);
        assert_eq!(groq(json!({"reasoning_format": "parsed"})), json!({}));
        assert_eq!(groq(json!({"include_reasoning": true})), json!({}));
    }
}
