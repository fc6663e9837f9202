//! What must go and what must stay.

use super::*;
use proptest::prelude::*;
use serde_json::json;

/// Text, the secret inside, and its kind. No secret is real.
const GO: &[(&str, &str, SecretKind)] = {
    use SecretKind::*;
    &[
        ("OPENAI sk-abcdEFGH1234567890abcdEFGH1234567890abcdEFGH1234 ok", "sk-abcdEFGH", ApiKey),
        ("sk-proj-Ab3_dEfGh-IjKlMnOpQrStUvWx", "Ab3_dEfGh", ApiKey),
        ("key:sk-ant-api03-aBcD_eFg-hIjK", "aBcD_eFg", ApiKey),
        ("密钥sk-or-v1-0123456789abcdef0123456789abcdef", "0123456789abcdef", ApiKey),
        ("line one\\nsk-0123456789abcdef0123456789abcdef", "0123456789abcdef", ApiKey),
        ("?q=%3Dsk-0123456789abcdef0123456789abcdef", "0123456789abcdef", ApiKey),
        ("gsk_abcdefghij0123456789ABCDEFGHIJ0123456789abcdefghij01", "abcdefghij", ApiKey),
        ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "SyA1234567890", ApiKey),
        ("creds AKIAIOSFODNN7EXAMPLE.", "IOSFODNN7EXAMPLE", ApiKey),
        ("SG.abcdefghijklmnopqrstuv.wxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abc.", "wxyzABCDEFG", ApiKey),
        ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "4eC39HqLyj", ApiKey),
        ("push with ghp_abcdefghijABCDEFGHIJ0123456789abcdef", "abcdefghijABCDEF", AccessToken),
        ("gho_16C7e42F292c6912E7710c838347Ae178B4a", "16C7e42F292c", AccessToken),
        ("ghs_16C7e42F292c6912E7710c838347Ae178B4a", "16C7e42F292c", AccessToken),
        ("github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz", "11ABCDEFG0", AccessToken),
        ("xoxb-123456789012-abcdefghij", "123456789012", AccessToken),
        ("glpat-abcDEF123_456-ghiJKL", "abcDEF123_456", AccessToken),
        (
            "//registry.npmjs.org/:_authToken=npm_abcdefghij0123456789ABCDEFGHIJ012345",
            "abcdefghij01234",
            Secret,
        ),
        ("npm_abcdefghij0123456789ABCDEFGHIJ012345", "abcdefghij01234", AccessToken),
        ("hf_abcdefghijKLMNOPQRSTuvwxyzABCDEFGH", "abcdefghijKLM", AccessToken),
        (
            "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P, then",
            "dozjgNryP4J3",
            Jwt,
        ),
        ("Authorization: Bearer abc.def-123", "abc.def-123", Authorization),
        ("authorization: basic dXNlcjpwYXNz", "dXNlcjpwYXNz", Authorization),
        (r#"curl -H "Authorization: token 0a1b2c3d4e5f" https://api.test"#, "0a1b2c3d4e5f", Authorization),
        (r#"{"headers":{"Authorization":"Bearer tok_12"}}"#, "tok_12", Authorization),
        ("Proxy-Authorization: Digest username=\"u\", response=\"6629fae4\"", "username=", Authorization),
        ("sent Bearer 0123abcdef456789xyz.", "0123abcdef456789xyz", Authorization),
        ("Cookie: session=abc; theme=dark\nHost: x", "session=abc", Authorization),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n",
            "MIIEpAIBAAKCAQEA",
            PrivateKey,
        ),
        ("KEY=\"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg", "MIIEvQIBADANBg", PrivateKey),
        ("…\nMIIEvQIBADANBg\nQWERTYUIOP==\n-----END OPENSSH PRIVATE KEY-----", "QWERTYUIOP", PrivateKey),
        (
            r#"{"private_key": "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"}"#,
            "MIIE",
            PrivateKey,
        ),
        ("postgres://app:hunter2@db.test:5432/main", "hunter2", UrlPassword),
        ("https://user:p@ss:word@host.test/", "p@ss:word", UrlPassword),
        ("git clone https://0123456789abcdef0123@code.test/x.git", "0123456789abcdef0123", UrlPassword),
        ("export FOO_API_KEY=abc123", "abc123", Secret),
        ("DB_PASSWORD=p&ss;w)rd! next", "p&ss;w)rd!", Secret),
        ("AWS_SECRET_ACCESS_KEY='wJalr XUtn'", "wJalr XUtn", Secret),
        ("GITHUB_TOKEN=secretish", "secretish", Secret),
        ("OPENAI_API_KEY_2=zzz9", "zzz9", Secret),
        ("DB_PASS=letmein", "letmein", Secret),
        (r#"{"password": "correct horse"}"#, "correct horse", Secret),
        (r#"{\"password\": \"correct horse\"}"#, "correct horse", Secret),
        (r#"{"clientSecret":"s"}"#, ":\"s\"", Secret),
        ("'api_key' => 'abcdef'", "abcdef", Secret),
        ("config['api_key'] = \"abcdef\"", "abcdef", Secret),
        ("password: hunter2 # staging", "hunter2", Secret),
        ("  password: swordfish\n  host: x", "swordfish", Secret),
        ("user=bob&password=swordfish&x=1", "swordfish", Secret),
        ("token: 0a1b2c3d4e5f6a7b", "0a1b2c3d4e5f6a7b", Secret),
        ("mysql --password=swordfish -u root", "swordfish", Secret),
        ("tool --api-key 'abc def' go", "abc def", Secret),
        ("tool --token 0a1b2c3d4e5f6a7b go", "0a1b2c3d4e5f6a7b", Secret),
        ("x-api-key: 0a1b2c3d", "0a1b2c3d", Secret),
    ]
};

const STAY: &[&str] = &[
    "",
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "id 550e8400-e29b-41d4-a716-446655440000",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
    "the token count is 4096 and max_tokens: 8192",
    r#"{"input_tokens": 12345678, "tokenizer": "cl100k_base1234"}"#,
    r#"{"token_count": 10, "secret_name": "db-credentials-2", "password_field": "user_password_1"}"#,
    "the password field: it must be at least 8 characters",
    "Add a password field to the form and hash it",
    "password: string;\n  token: Token,\n  api_key: Option<String>,",
    "password: str = Field(min_length=8)",
    "const token = getToken(); let password = prompt;",
    "api_key = os.environ[\"API_KEY\"]",
    "apiKey: process.env.OPENAI_API_KEY,",
    "API_KEY=$OPENAI_API_KEY TOKEN=${GITHUB_TOKEN} PASSWORD=***",
    "api_key: ${{ secrets.API_KEY }}",
    r#"{"api_key": "<your key>", "password": ""}"#,
    "connect(password=password, token=token)",
    "PWD=/home/me/project1 OLDPWD=/tmp/abc123",
    "Authorization: see the documentation of the server",
    "Authorization: Bearer $TOKEN",
    "Authorization: Bearer <token>",
    "use bearer authentication with a bearer token",
    "https://example.test/a:b@c http://localhost:4096/x?y=z user@host.test",
    "https://user@host.test/repo.git git@github.com:a/b.git",
    "postgres://app:${DB_PASSWORD}@db/main",
    "sk-fading-circle sk-folding-cube-animation-wrapper disk-0123456789abcdef0123",
    "npm_config_registry=https://x npm_package_version=1.0.0 hf_transfer ghp_ short",
    "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIE\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0B\n-----END PUBLIC KEY-----",
    "if token == other { a::b } password != x",
    "use --password to set the password, and --token for the token",
    "eyJ is how a token begins; eyJhbGciOiJIUzI1NiJ9 alone is a header",
    "if __name__ == '__main__': print('Hello, world!')",
    "Geheimnis: ключ — 密码: 无",
    "TK_TOKEN = 5; MAX_TOKEN=123456",
];

#[test]
fn kinds_that_stay_stay_and_the_others_go() {
    let redactor =
        Redactor::new(["known-value"]).keeping([SecretKind::Jwt, SecretKind::Secret].into_iter().collect());
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P";
    let mut value = json!({"text": format!("{jwt} known-value"), "password": "hunter22"});
    let mut counts = Counts::default();
    redactor.value(&mut value, &mut counts);
    assert_eq!(value, json!({"text": format!("{jwt} [redacted:known]"), "password": "hunter22"}));
    assert_eq!(counts.iter().collect::<Vec<_>>(), [(SecretKind::Known, 1)]);
}

#[test]
fn a_variable_is_secret_by_its_name_and_value() {
    for (name, value) in [
        ("OPENAI_API_KEY", "sk-abc123def456"),
        ("GITHUB_TOKEN", "ghp_0123456789abcdef"),
        ("DB_PASS", "hunter22"),
    ] {
        assert!(is_secret_variable(name, value), "{name}");
    }
    for (name, value) in [
        ("DB_PASSWORD", "postgres"),
        ("MAX_TOKENS", "4096"),
        ("PATH", "/usr/bin:/bin:/usr/local/bin"),
        ("OLDPWD", "/home/person/project1"),
    ] {
        assert!(!is_secret_variable(name, value), "{name}");
    }
}

#[test]
fn secrets_go_and_what_surrounds_them_stays() {
    for (text, secret, kind) in GO {
        let mut counts = Counts::default();
        let redacted = Redactor::default().text(text, &mut counts);
        assert!(!redacted.contains(secret), "{text} -> {redacted}");
        assert!(redacted.contains(kind.mark()), "{text} -> {redacted}");
        assert_eq!((counts.of(*kind), counts.total()), (1, 1), "{text} -> {redacted}");
        assert_eq!(redact_text(&redacted), redacted, "twice: {text}");
    }
    let redacted = redact_text("a FOO_API_KEY=abc, b Authorization: Bearer abc.def-123\nc");
    assert_eq!(
        redacted,
        "a FOO_API_KEY=[redacted:secret] b Authorization: Bearer [redacted:authorization]\nc"
    );
}

#[test]
fn ordinary_text_stays_and_costs_no_allocation() {
    for text in STAY {
        let redacted = redact_text(text);
        assert!(matches!(redacted, Cow::Borrowed(_)), "{text} -> {redacted}");
    }
}

#[test]
fn json_is_redacted_in_place_by_shape_and_by_key() {
    let mut value = json!({
        "args": {"command": "curl -H 'Authorization: Bearer abc123'", "env": {"DB_PASSWORD": "x y", "PATH": "/bin"}},
        "headers": {"authorization": "Bearer abc", "Cookie": "a=b"},
        "list": ["ghp_abcdefghijABCDEFGHIJ0123456789abcdef", {"name": "API_KEY", "value": "q"}],
        "secret": 12345678, "secrets": 3, "token": "the", "password": null,
        "ghp_abcdefghijABCDEFGHIJ0123456789abcdef": 1,
        "usage": {"input_tokens": 123456},
    });
    let mut counts = Counts::default();
    Redactor::default().value(&mut value, &mut counts);
    let expected = json!({
        "args": {"command": "curl -H 'Authorization: Bearer [redacted:authorization]'",
            "env": {"DB_PASSWORD": "[redacted:secret]", "PATH": "/bin"}},
        "headers": {"authorization": "Bearer [redacted:authorization]", "Cookie": "[redacted:authorization]"},
        "list": ["[redacted:access-token]", {"name": "API_KEY", "value": "[redacted:secret]"}],
        "secret": "[redacted:secret]", "secrets": 3, "token": "the", "password": null,
        "[redacted:access-token]": 1,
        "usage": {"input_tokens": 123456},
    });
    assert_eq!(value, expected);
    assert_eq!(
        counts.iter().map(|(kind, n)| (kind.as_str(), n)).collect::<Vec<_>>(),
        [("access-token", 2), ("authorization", 3), ("secret", 3)]
    );
    Redactor::default().value(&mut value, &mut counts);
    assert_eq!(value, expected);
}

#[test]
fn known_values_go_wherever_they_stand() {
    let redactor = Redactor::new(["opensesame", "quote\"inside", "abc", "redacted", "opensesame-longer"]);
    let mut counts = Counts::default();
    let redacted = redactor.text("say opensesame, opensesame-longer, abc, \"quote\\\"inside\"", &mut counts);
    assert_eq!(redacted, "say [redacted:known], [redacted:known], abc, \"[redacted:known]\"");
    assert_eq!(counts.of(SecretKind::Known), 3);
    assert!(!format!("{redactor:?}").contains("opensesame"));
}

#[test]
fn marks_are_counted_by_kind() {
    let counts =
        super::count_marks("[redacted:jwt] [redacted:none] x[redacted:api-key][redacted:jwt] [redacted:");
    assert_eq!((counts.of(SecretKind::Jwt), counts.of(SecretKind::ApiKey), counts.total()), (2, 1, 3));
}

#[test]
fn an_event_keeps_its_identity() {
    let mut event = crate::event::from_known_form(
        json!({"source_app": "hooks", "session_id": "ghp_abcdefghijABCDEFGHIJ0123456789abcdef",
            "hook_event_type": "T", "payload": {"password": "pw"}, "summary": "API_KEY=abc", "chat": ["PASSWORD=abc"]}),
        1,
    )
    .unwrap();
    let counts = redact_event(&mut event);
    assert_eq!(counts.total(), 3);
    assert!(event.session_id.starts_with("ghp_"));
    assert_eq!(event.summary.as_deref(), Some("API_KEY=[redacted:secret]"));
    assert_eq!(event.extra["chat"], json!(["PASSWORD=[redacted:secret]"]));
}

/// Pieces that meet in ways nobody thought of.
fn fragment() -> impl Strategy<Value = String> {
    let known =
        GO.iter().map(|(text, ..)| (*text).to_owned()).chain(STAY.iter().map(|text| (*text).to_owned()));
    let glue = [
        "\"",
        "'",
        "`",
        "\\",
        " ",
        "\n",
        "=",
        ":",
        "://",
        "@",
        "password",
        "token",
        "--token ",
        "Authorization: ",
        "Bearer ",
        "FOO_KEY",
        "API_KEY=",
        "[redacted:",
        "[redacted:jwt]",
        "]",
        "-----BEGIN ",
        "PRIVATE KEY-----",
        "-----END ",
        "é",
        "$",
        "(",
        "sk-",
        "a1",
        ",",
        "eyJ",
        ".",
        "Cookie: a=",
        "Digest ",
    ];
    let pieces: Vec<String> = known.chain(glue.into_iter().map(str::to_owned)).collect();
    prop_oneof![8 => proptest::sample::select(pieces), 1 => "\\PC{0,12}", 1 => "[a-zA-Z0-9+/=_.-]{1,40}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_redacted_once_and_for_all(text in any::<String>()) {
        let once = redact_text(&text).into_owned();
        prop_assert_eq!(redact_text(&once), once.as_str());
    }

    #[test]
    fn any_mixture_is_redacted_once_and_for_all(pieces in proptest::collection::vec(fragment(), 1..9)) {
        let once = redact_text(&pieces.concat()).into_owned();
        prop_assert_eq!(redact_text(&once), once.as_str());
    }
}
