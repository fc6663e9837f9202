//! Any endpoint that speaks OpenAI's chat completions.

use super::{Answer, Model, Pending, ProviderError, Question};
use crate::settings::PlannerModel;
use genai::adapter::AdapterKind;
use genai::chat::{ChatMessage, ChatOptions, ChatRequest, ChatResponseFormat, JsonSpec};
use genai::resolver::{AuthData, Endpoint, ServiceTargetResolver};
use genai::{Client, ModelIden, ServiceTarget};
use rozet_observability::plan::Usage;
use std::time::Duration;

/// Longest wait for a connection; a host that does not exist should not use up the planner's deadline.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Asks through genai's OpenAI adapter at the person's endpoint.
pub(crate) struct OpenAiCompatible {
    client: Client,
    settings: PlannerModel,
}

impl OpenAiCompatible {
    /// Makes the client; nothing is sent.
    ///
    /// # Errors
    /// When the TLS roots cannot be loaded.
    pub(crate) fn new(settings: PlannerModel) -> Result<Self, String> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| format!("no HTTP client can be made: {error}"))?;
        let (endpoint, model) = (settings.endpoint.clone(), settings.model.clone());
        // An endpoint without a key still wants the header's form; local servers ignore it.
        let key = settings.api_key.clone().unwrap_or_else(|| "none".into());
        let resolver = ServiceTargetResolver::from_resolver_fn(
            move |_: ServiceTarget| -> Result<ServiceTarget, genai::resolver::Error> {
                Ok(ServiceTarget {
                    endpoint: Endpoint::from_owned(endpoint.clone()),
                    auth: AuthData::from_single(key.clone()),
                    model: ModelIden::new(AdapterKind::OpenAI, model.clone()),
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

    async fn ask_once(&self, question: Question) -> Result<Answer, ProviderError> {
        let request =
            ChatRequest::new(vec![ChatMessage::system(question.system), ChatMessage::user(question.user)]);
        let format = JsonSpec::new(question.schema_name, question.schema);
        let mut options = ChatOptions::default()
            .with_capture_usage(true)
            .with_capture_raw_body(true)
            .with_response_format(ChatResponseFormat::JsonSpec(format));
        if let Some(temperature) = self.settings.temperature {
            options = options.with_temperature(temperature);
        }
        let response = self
            .client
            .exec_chat(&self.settings.model, request, Some(&options))
            .await
            .map_err(|error| classify(&error))?;
        let count =
            |tokens: Option<i32>| tokens.and_then(|count| u64::try_from(count).ok()).unwrap_or_default();
        let usage = Usage {
            input_tokens: count(response.usage.prompt_tokens),
            output_tokens: count(response.usage.completion_tokens),
        };
        let text = response.into_first_text().ok_or(ProviderError::Nonsense)?;
        Ok(Answer { text, usage })
    }
}

impl Model for OpenAiCompatible {
    fn name(&self) -> String {
        format!("{}/{}", self.settings.provider, self.settings.model)
    }

    fn ask(&self, question: Question) -> Pending<'_, Result<Answer, ProviderError>> {
        Box::pin(self.ask_once(question))
    }
}

/// The library's own text holds the whole prompt and answer, so only its shape is looked at.
fn classify(error: &genai::Error) -> ProviderError {
    if let Some(status) = error.status() {
        return ProviderError::of_status(status.as_u16());
    }
    match error {
        genai::Error::WebModelCall { webc_error: genai::webc::Error::Reqwest(error), .. }
        | genai::Error::WebAdapterCall { webc_error: genai::webc::Error::Reqwest(error), .. } => {
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
