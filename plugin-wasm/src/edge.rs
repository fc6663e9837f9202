//! The class that JavaScript sees: decode, call, encode.

use crate::core;
use crate::decode::{self, Wrong};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// The core of one OpenCode process.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Core(core::Core);

#[wasm_bindgen]
impl Core {
    /// Starts a core from a `Start`, as JSON.
    ///
    /// # Errors
    /// When the JSON is no `Start`.
    #[wasm_bindgen(constructor)]
    pub fn new(start_json: &str) -> Result<Self, JsError> {
        Ok(Self(core::Core::new(decode::start(start_json).map_err(refuse)?)))
    }

    /// Takes in an `Envelope`, as JSON; answers with `Effect[]`, as JSON.
    ///
    /// # Errors
    /// When the JSON is no `Envelope`; the core is left as it was.
    pub fn handle(&mut self, envelope_json: &str) -> Result<String, JsError> {
        let envelope = decode::envelope(envelope_json).map_err(refuse)?;
        Ok(serde_json::to_string(&self.0.handle(envelope))?)
    }

    /// Whether a variable of the environment holds a secret, by its name and by what its value looks like. What masks
    /// such values stands outside of the core, where it costs less.
    #[must_use]
    pub fn is_secret(&self, name: &str, value: &str) -> bool {
        rozet_observability::redact::is_secret_variable(name, value)
    }
}

/// What the gate says of a prompt, such as `skip: a question`.
#[cfg(feature = "bench")]
#[wasm_bindgen]
#[must_use]
pub fn judge(text: &str) -> String {
    use crate::gate::{Asked, Before};
    let asked = Asked { text, agent: None, child: false, attachments: 0, before: Before::Nothing };
    let verdict = crate::gate::judge(&asked);
    format!("{}: {}", verdict.decision.as_str(), verdict.reason)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn refuse(wrong: Wrong) -> JsError {
    JsError::new(&wrong.to_string())
}
