use super::*;

const EXAMPLE: &str = include_str!("../../../profiles/example.toml");
const LEAST: &str = "[http]\nbaseUrl = \"https://p.example\"\n[mqtt]\nhost = \"m.example\"\n";

fn error(text: &str) -> ProfileError {
    Profile::parse(text).expect_err(text)
}

#[test]
fn the_example_is_read_whole() {
    let profile = Profile::parse(EXAMPLE).unwrap();
    assert_eq!((profile.name.as_str(), profile.mode), ("example", Mode::Direct));
    assert_eq!(profile.http.base_url, "https://print.example.com");
    assert_eq!(profile.http.tenant_url.as_deref(), Some("https://tenant.example.com"));
    assert_eq!(profile.http.paths.job_list.as_deref(), Some("/api/v1/device-app/print-jobs"));
    assert_eq!((profile.mqtt.host.as_str(), profile.mqtt.port, profile.mqtt.tls), ("mqtt.example.com", 8883, true));
    assert_eq!(profile.mqtt.ca_file.as_deref(), Some("ca.pem"));
    assert_eq!(profile.owner.as_ref().unwrap().user_name.as_str(), "owner_user");
    assert_eq!(profile.jobs, Jobs::default(), "the example shows the defaults");
}

#[test]
fn c_5_keys_left_out_take_the_documented_defaults() {
    let profile = Profile::parse(LEAST).unwrap();
    assert_eq!(profile.mqtt, Mqtt::at("m.example"));
    assert_eq!((profile.mqtt.port, profile.mqtt.tls, profile.mqtt.qos), (8883, true, 1));
    assert_eq!(profile.mqtt.versions, [MqttVersion::V5, MqttVersion::V3]);
    assert_eq!((profile.mqtt.keep_alive.as_secs(), profile.mqtt.session_expiry.as_secs()), (30, 3600));
    assert_eq!(profile.mqtt.username.as_str(), "{tenantCode}|{userName}|{sn}");
    assert_eq!(profile.http.paths, Paths::default());
    assert_eq!((profile.http.paths.job_list, profile.owner), (None, None));
}

#[test]
fn what_is_written_is_read_back() {
    for text in [EXAMPLE, LEAST] {
        let mut profile = Profile::parse(text).unwrap();
        profile.name = "a \"quoted\" \\ name".to_owned();
        profile.jobs.status.set("odd literal.", JobStatus::Failed);
        assert_eq!(Profile::parse(&profile.to_toml()).unwrap(), profile);
    }
    let sample = Profile::sample("sim", "http://127.0.0.1:8080/", "127.0.0.1", 1883);
    assert_eq!(Profile::parse(&sample.to_toml()).unwrap(), sample);
    let set_up = SetUp { bind_endpoint: "platen-bind".to_owned(), bind_token: "/bind-token".to_owned() };
    let sample = Profile { set_up: Some(set_up), ..sample };
    assert_eq!(Profile::parse(&sample.to_toml()).unwrap(), sample);
    assert!(!sample.is_plaintext());
}

#[test]
fn mistakes_name_their_line_and_what_to_do() {
    let cases = [
        ("colour = 1\n", ProfileProblem::UnknownKey, 1, "colour is not a key"),
        ("\n\nmode = \"both\"\n", ProfileProblem::BadValue, 3, "mode is \"both\""),
        ("name = 3\n", ProfileProblem::WrongType, 1, "name is a whole number"),
        ("name = \n", ProfileProblem::NotToml, 1, "not valid TOML"),
        ("mode = \"via-tenant\"\n", ProfileProblem::MissingKey, 2, "http.tenantUrl is missing"),
    ];
    for (head, problem, line, message) in cases {
        let error = error(&format!("{head}{LEAST}"));
        assert_eq!((error.problem, error.line), (problem, line), "{error}");
        assert!(error.message.contains(message), "{error}");
        assert!(!error.remedy.is_empty());
    }
    let tails = [
        ("prot = 1\n", ProfileProblem::UnknownKey, 5),
        ("port = \"1883\"\n", ProfileProblem::WrongType, 5),
        ("port = 0\n", ProfileProblem::BadValue, 5),
        ("port = 65536\n", ProfileProblem::BadValue, 5),
        ("qos = 2\n", ProfileProblem::BadValue, 5),
        ("versions = [\"5\", \"4\"]\n", ProfileProblem::BadValue, 5),
        ("versions = []\n", ProfileProblem::BadValue, 5),
        ("versions = [5]\n", ProfileProblem::WrongType, 5),
        ("username = \"{sn}|{imei}\"\n", ProfileProblem::BadValue, 5),
        ("password = \"{token\"\n", ProfileProblem::BadValue, 5),
        ("clientId = \"{token}\"\n", ProfileProblem::BadValue, 5),
        ("tenantFilterPrefix = \"printers\"\n", ProfileProblem::BadValue, 5),
        ("keepAliveSeconds = 0\n", ProfileProblem::BadValue, 5),
        ("tls = false\n", ProfileProblem::Plaintext, 5),
        ("[jobs]\nackTimeoutSeconds = 1.5\n", ProfileProblem::WrongType, 6),
        ("[jobs.status]\nok = \"finished\"\n", ProfileProblem::BadValue, 6),
        ("[owner]\ntenantCode = \"a+b\"\nuserName = \"u\"\n", ProfileProblem::BadValue, 6),
        ("[owner]\ntenantCode = \"a\"\n", ProfileProblem::MissingKey, 5),
        ("[http.paths]\nbind = \"bind\"\n", ProfileProblem::BadValue, 6),
    ];
    for (tail, problem, line) in tails {
        let error = error(&format!("{LEAST}{tail}"));
        assert_eq!((error.problem, error.line), (problem, line), "{tail}: {error}");
    }
}

#[test]
fn c_22_plaintext_only_on_this_machine_or_with_leave() {
    let http = |url: &str, rest: &str| {
        Profile::parse(&format!("[http]\nbaseUrl = \"{url}\"\n{rest}\n[mqtt]\nhost = \"m.example\"\n"))
    };
    for loopback in ["http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost", "http://127.9.9.9"] {
        assert!(!http(loopback, "").unwrap().is_plaintext(), "{loopback}");
    }
    for foreign in ["http://print.example.com", "http://127.0.0.1.evil.example", "http://10.0.0.1"] {
        assert_eq!(http(foreign, "").unwrap_err().problem, ProfileProblem::Plaintext, "{foreign}");
        assert!(http(foreign, "allowPlaintext = true").unwrap().is_plaintext());
    }
    for bad in ["ftp://a", "https://user:pw@a.example", "https://a.example?x=1", "print.example.com", "https://"] {
        assert!(http(bad, "").is_err(), "{bad}");
    }
    let mqtt = |host: &str, rest: &str| {
        Profile::parse(&format!(
            "[http]\nbaseUrl = \"https://p.example\"\n[mqtt]\nhost = \"{host}\"\ntls = false\n{rest}\n"
        ))
    };
    assert!(mqtt("127.0.0.1", "").is_ok() && mqtt("::1", "").is_ok() && mqtt("localhost", "").is_ok());
    assert_eq!(mqtt("10.0.0.1", "").unwrap_err().problem, ProfileProblem::Plaintext);
    assert!(mqtt("10.0.0.1", "allowPlaintext = true").unwrap().is_plaintext());
    assert!(mqtt("mqtt://broker", "").is_err() && mqtt("a b", "").is_err() && mqtt("", "").is_err());
}

#[test]
fn c_12_rows_of_a_profile_are_added_to_the_default_ones() {
    let profile = Profile::parse(&format!("{LEAST}[jobs.status]\nok = \"done\"\nconfirm = \"progress\"\n")).unwrap();
    assert_eq!(profile.job_status("ok"), Some(JobStatus::Done));
    assert_eq!(profile.job_status("confirm"), Some(JobStatus::Progress));
    assert_eq!(profile.job_status("fail"), Some(JobStatus::Failed));
}

#[test]
fn a_printers_endpoint_for_a_token_is_none_of_set_ups_own() {
    let with = |endpoint: &str| format!("{LEAST}[setup]\nbindEndpoint = \"{endpoint}\"\nbindToken = \"/t\"\n");
    assert!(Profile::parse(&with("platen-bind")).unwrap().set_up.is_some());
    for endpoint in ["prov-config", "proto-ver", "", "a/b", "A"] {
        assert_eq!(error(&with(endpoint)).problem, ProfileProblem::BadValue, "{endpoint}");
    }
    assert_eq!(error(&format!("{LEAST}[setup]\nbindEndpoint = \"x\"\n")).problem, ProfileProblem::MissingKey);
}
