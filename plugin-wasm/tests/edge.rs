//! The edge to JavaScript, in Node.
#![cfg(target_arch = "wasm32")]

use rozet_plugin_wasm::Core;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

const START: &str =
    r#"{"producer":"rozet-opencode.1.ab","last_seq":0,"directory":"/w","version":"0.1.0","settings":{}}"#;

fn prompt(text: &str) -> String {
    format!(
        r#"{{"now":1,"input":{{"type":"prompt","session_id":"s","message_id":"m","text":"{text}","files":[],
        "agent":null,"model":null,"parent_id":null}}}}"#
    )
}

fn message(error: impl Into<JsValue>) -> String {
    let error: JsValue = error.into();
    js_sys::Error::from(error).message().into()
}

#[wasm_bindgen_test]
fn json_goes_in_and_effects_come_out() {
    let mut core = Core::new(START).map_err(message).unwrap();
    let effects = core.handle(&prompt("create a hello world python script")).map_err(message).unwrap();
    assert!(effects.starts_with(r#"[{"type":"emit""#), "{effects}");
    assert!(effects.contains(r#""type":"request_plan""#), "{effects}");
    assert!(effects.contains(r#""event_id":"rozet-opencode.1.ab.1""#), "{effects}");
}

#[wasm_bindgen_test]
fn bad_input_throws_and_leaves_the_state() {
    let mut core = Core::new(START).map_err(message).unwrap();
    for bad in ["", "nonsense", "{}", r#"{"now":1,"input":{"type":"nonsense"}}"#] {
        let error = core.handle(bad).map_err(message).unwrap_err();
        assert!(error.contains("JSON") || error.contains("expected"), "{error}");
        assert!(!error.contains("nonsense"), "{error}");
    }
    let effects = core.handle(&prompt("hi")).map_err(message).unwrap();
    assert!(effects.contains(r#""seq":1,"#), "{effects}");
    assert!(message(Core::new("{}").err().unwrap()).contains("`producer`"));
}

#[wasm_bindgen_test]
fn text_of_every_script_survives_the_border() {
    let mut core = Core::new(START).map_err(message).unwrap();
    let effects = core.handle(&prompt("你好 𝄞 é")).map_err(message).unwrap();
    assert!(effects.contains("你好 𝄞 é"), "{effects}");
}
