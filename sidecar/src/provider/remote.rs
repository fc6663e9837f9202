//! A model behind a provider's API.

use super::{Answer, Model, Pending, ProviderError, Question, Speaker};
use crate::settings::RemoteModel;
use genai::chat::{ChatMessage, ChatOptions, ChatRequest, ChatResponse, ChatResponseFormat, JsonSpec};
use genai::resolver::{AuthData, Endpoint, ServiceTargetResolver};
use genai::{Client, ModelIden, ServiceTarget};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use rozet_observability::plan::Usage;
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// Longest wait for a connection; a host that does not exist should not use up the planner's deadline.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest answer that a model is allowed, in tokens.
pub(crate) const MAX_ANSWER_TOKENS: u32 = 4_000;

/// Asks through genai, which knows each provider's form.
pub(crate) struct Remote {
    pub(super) client: Client,
    pub(super) settings: RemoteModel,
}

impl Remote {
    /// Makes the client; nothing is sent.
    ///
    /// # Errors
    /// When the TLS roots cannot be loaded.
    pub(crate) fn new(settings: RemoteModel) -> Result<Self, String> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| format!("no HTTP client can be made: {error}"))?;
        let (endpoint, model) = (settings.endpoint.clone(), settings.model.clone());
        let adapter = settings.provider.adapter();
        // An endpoint without a key still wants the header's form; local servers ignore it.
        let key = settings.api_key.clone().unwrap_or_else(|| "none".into());
        let resolver = ServiceTargetResolver::from_resolver_fn(
            move |_: ServiceTarget| -> Result<ServiceTarget, genai::resolver::Error> {
                Ok(ServiceTarget {
                    endpoint: Endpoint::from_owned(endpoint.clone()),
                    auth: AuthData::from_single(key.clone()),
                    model: ModelIden::new(adapter, model.clone()),
                })
            },
        );
        let client = Client::builder()
            .with_reqwest(http)
            .with_service_target_resolver(resolver)
            .build()
            .map_err(|error| format!("no provider client can be made: {error}"))?;
        Ok(Self { client, settings })
    }

    /// Whether a request may go out as the settings are.
    pub(super) fn may_ask(&self) -> Result<(), ProviderError> {
        let kind = self.settings.provider;
        if self.settings.key_withheld {
            return Err(ProviderError::KeyWithheld(kind.name()));
        }
        if self.settings.api_key.is_none() && !kind.key_variables().is_empty() {
            return Err(ProviderError::NoKey(kind.name()));
        }
        Ok(())
    }

    async fn ask_once(&self, question: Question) -> Result<Answer, ProviderError> {
        self.may_ask()?;
        let mut request = ChatRequest::default().with_system(question.system);
        for (speaker, text) in question.turns {
            request = request.append_message(match speaker {
                Speaker::Person => ChatMessage::user(text),
                Speaker::Model => ChatMessage::assistant(text),
            });
        }
        let mut options = ChatOptions::default()
            .with_capture_usage(true)
            .with_capture_raw_body(true)
            .with_max_tokens(MAX_ANSWER_TOKENS);
        if let Some((name, schema)) = question.schema {
            options = options.with_response_format(ChatResponseFormat::JsonSpec(JsonSpec::new(name, schema)));
        }
        if let Some(temperature) = self.settings.temperature {
            options = options.with_temperature(temperature);
        }
        let response = self
            .client
            .exec_chat(&self.settings.model, request, Some(&options))
            .await
            .map_err(|error| classify(&error))?;
        let usage = usage(&response);
        let text = response.into_first_text().ok_or(ProviderError::Nonsense)?;
        Ok(Answer { text, usage })
    }
}

impl Model for Remote {
    fn name(&self) -> String {
        format!("{}/{}", self.settings.provider.name(), self.settings.model)
    }

    fn ask(&self, question: Question) -> Pending<'_, Result<Answer, ProviderError>> {
        Box::pin(self.ask_once(question))
    }
}

pub(super) fn usage(response: &ChatResponse) -> Usage {
    let count = |tokens: Option<i32>| tokens.and_then(|count| u64::try_from(count).ok()).unwrap_or_default();
    Usage {
        input_tokens: count(response.usage.prompt_tokens),
        output_tokens: count(response.usage.completion_tokens),
        cost_usd: response.captured_raw_body.as_ref().and_then(charged),
        cost_estimated: false,
    }
}

/// OpenRouter says what it charged: https://openrouter.ai/docs/use-cases/usage-accounting
pub(super) fn charged(body: &Value) -> Option<f64> {
    body.pointer("/usage/cost")?.as_f64().filter(|cost| cost.is_finite() && *cost >= 0.0)
}

/// The library's own text holds the whole prompt and answer, so only its shape is looked at.
pub(super) fn classify(error: &genai::Error) -> ProviderError {
    use genai::webc::Error as Web;
    if let Some(status) = error.status() {
        return ProviderError::of_status(status.as_u16(), retry_after(error));
    }
    match error {
        genai::Error::WebModelCall { webc_error: Web::Reqwest(error), .. }
        | genai::Error::WebAdapterCall { webc_error: Web::Reqwest(error), .. } => {
            if error.is_timeout() && !error.is_connect() {
                ProviderError::TimedOut
            } else if error.is_connect() || error.is_request() {
                ProviderError::Unreachable
            } else {
                ProviderError::Nonsense
            }
        }
        _ => ProviderError::Nonsense,
    }
}

/// What the provider asks callers to wait: in seconds, or until a date.
fn retry_after(error: &genai::Error) -> Option<Duration> {
    let headers: &HeaderMap = match error {
        genai::Error::HttpError { headers, .. } => headers,
        genai::Error::WebModelCall { webc_error, .. } | genai::Error::WebAdapterCall { webc_error, .. } => {
            webc_error.headers()?
        }
        _ => return None,
    };
    wait(headers.get(RETRY_AFTER)?.to_str().ok()?.trim(), SystemTime::now())
}

fn wait(value: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = value.parse() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    // A date that has passed asks for no wait.
    let until = httpdate::parse_http_date(value).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_seconds_or_as_a_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        for (value, seconds) in [
            ("7", Some(7)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("-3", None),
            ("soon", None),
        ] {
            assert_eq!(wait(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }
}
