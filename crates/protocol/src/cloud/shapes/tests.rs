use super::*;
use crate::cloud::profile::{Mode, Profile};
use crate::cloud::shapes::wire::{CreateJobBody, GrantBody};
use platen_model::{HttpMethod, HttpResponse, Secret, Segment};
use serde_json::json;
use std::time::Duration;

fn response(status: u16, body: &str) -> HttpResponse {
    HttpResponse { status, date: None, cookie: None, body: body.as_bytes().to_vec() }
}

fn profile() -> Profile {
    Profile::sample("t", "https://print.example.com", "localhost", 1883)
}

#[test]
fn c_4_answers_are_read_bare_and_wrapped_in_both_spellings() {
    for body in [
        r#"{"jobId":"j1"}"#,
        r#"{"code":0,"msg":"ok","data":{"jobId":"j1"}}"#,
        r#"{"code":200,"message":"ok","data":{"jobId":"j1"}}"#,
        r#"{"code":"0","message":"ok","data":{"jobId":"j1","more":1}}"#,
        r#"{"msg":"ok","data":{"jobId":"j1"}}"#,
        r#"{"code":0,"jobId":"j1"}"#,
    ] {
        assert_eq!(answer::created(&response(200, body)).as_deref(), Ok("j1"), "{body}");
    }
    assert_eq!(answer::created(&response(201, r#"{"jobId":17}"#)).as_deref(), Ok("17"));
    for (status, body) in [
        (200, r#"{"code":7,"msg":"no paper"}"#),
        (200, r#"{"code":7,"message":"no paper","data":null}"#),
        (422, r#"{"code":7,"msg":"no paper"}"#),
        (500, r#"{"errCode":[7],"message":"no\u0000 pa\u202Eper"}"#),
    ] {
        let Err(AnswerError::Refused(refusal)) = answer::created(&response(status, body)) else { panic!("{body}") };
        assert_eq!(refusal, Refusal { status, code: Some(7), text: Some("no paper".to_owned()) });
    }
    let unread = Refusal { status: 502, code: None, text: None };
    assert_eq!(answer::created(&response(502, "<html>")), Err(AnswerError::Refused(unread)));
    assert_eq!(answer::created(&response(302, "")), Err(AnswerError::Status(302)));
    assert_eq!(answer::created(&response(200, "{}")), Err(AnswerError::Missing("jobId")));
    for body in ["", "<html>", "[]", "null", "\"j1\"", "{\"jobId\":"] {
        assert!(answer::created(&response(200, body)).is_err(), "{body}");
    }
}

#[test]
fn c_3_via_tenant_posts_the_same_bodies_to_the_tenant() {
    let mut profile = profile();
    profile.http.tenant_url = Some("https://tenant.example.com/app".to_owned());
    let sn = Segment::new("SN1").unwrap();
    assert_eq!(request::bind(&profile, &sn, None).url, "https://print.example.com/api/v1/public/device/bind");
    profile.mode = Mode::ViaTenant;
    let bind = request::bind(&profile, &sn, Some(&Secret::from("123")));
    assert_eq!(bind.url, "https://tenant.example.com/app/api/v1/public/device/bind");
    assert_eq!(bind.body, br#"{"sn":"SN1","verifyCode":"123"}"#);
    let login = request::login(&profile, &sn, None);
    assert_eq!(login.url, "https://tenant.example.com/app/api/v1/public/device/login");
    assert_eq!(login.body, br#"{"sn":"SN1"}"#);
    assert!(request::device_state(&profile, &Secret::from("t")).url.starts_with("https://print.example.com/"));
    let answer = answer::bind(&response(200, r#"{"token":"t1","expiresIn":60.0}"#)).unwrap();
    assert!(answer.app_auth_code.is_none());
    assert_eq!(answer.login.unwrap().expires_in, Duration::from_secs(60));
}

#[test]
fn c_15_a_job_carries_hash_and_size_of_the_bytes_as_they_are_sent() {
    let job = NewJob::prn("r1", "A title", "esc", b"abc".as_slice().into()).compressed(Compression::Gzip);
    let request = request::create_job(&profile(), &Secret::from("tok"), &job);
    assert_eq!(request.bearer.as_ref().unwrap().reveal(), "tok");
    let body: CreateJobBody = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(
        serde_json::to_value(&body.file).unwrap(),
        json!({"base64": "YWJj", "size": 3, "prnProtocol": "esc", "compression": "gzip",
               "hash": "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"})
    );
    assert_eq!((body.client_ref.as_str(), body.title.as_str(), body.copies), ("r1", "A title", 1));
}

#[test]
fn c_15_a_stored_job_is_the_same_request_with_the_file_where_its_bytes_would_be() {
    let held = NewJob::prn("r1", r#"A "base64":"" title"#, "esc", b"abc".as_slice().into());
    let stored =
        NewJob { content: Content::Stored { path: "prn".into(), size: 3, hash: hash(b"abc") }, ..held.clone() };
    let request = |job| request::create_job(&profile(), &Secret::from("tok"), job);
    let (held, stored) = (request(&held), request(&stored));
    let enclosure = stored.enclosure.clone().unwrap();
    assert_eq!((enclosure.path.to_str(), enclosure.size), (Some("prn"), 3));
    let (before, after) = stored.body.split_at(enclosure.at);
    assert_eq!([before, b"YWJj", after].concat(), held.body);
    assert_eq!((held.enclosure, held.timeout), (None, stored.timeout));
}

#[test]
fn a_look_up_asks_by_our_reference_and_is_absent_without_a_path() {
    let mut profile = profile();
    let sn = Segment::new("ร้าน 1").unwrap();
    let request = request::job_list(&profile, &Secret::from("tok"), &sn, Some("a&b=c"), 2).unwrap();
    assert_eq!(request.method, HttpMethod::Get);
    assert!(
        request
            .url
            .ends_with("/print-jobs?page=2&size=50&sn=%E0%B8%A3%E0%B9%89%E0%B8%B2%E0%B8%99+1&clientRef=a%26b%3Dc")
    );
    profile.http.paths.job_list = None;
    assert!(request::job_list(&profile, &Secret::from("tok"), &sn, None, 1).is_none());
}

#[test]
fn an_owner_that_cannot_be_a_topic_level_refuses_the_binding() {
    let answer = |body: GrantBody| answer::bind(&response(200, &serde_json::to_string(&body).unwrap()));
    let body = GrantBody {
        app_auth_code: Some("a".to_owned()),
        tenant_code: Some("t".to_owned()),
        user_name: Some("+".to_owned()),
        ..GrantBody::default()
    };
    let error = answer(body.clone()).unwrap_err();
    assert!(matches!(error, AnswerError::Owner(_)));
    assert_eq!(error.fault().code, "owner_not_allowed");
    let owner = answer(GrantBody { user_name: Some("u".to_owned()), ..body.clone() }).unwrap().owner.unwrap();
    assert_eq!((owner.tenant_code.as_str(), owner.user_name.as_str()), ("t", "u"));
    assert_eq!(answer(GrantBody { user_name: None, ..body }).unwrap().owner, None);
}

#[test]
fn tokens_that_cannot_stand_in_a_header_or_live_no_time_are_no_tokens() {
    for body in [
        r#"{"token":"","expiresIn":60}"#,
        r#"{"token":"a\r\nX: y","expiresIn":60}"#,
        r#"{"token":"a b","expiresIn":60}"#,
        r#"{"token":"a","expiresIn":0}"#,
        r#"{"token":"a","expiresIn":-5}"#,
        r#"{"expiresIn":60}"#,
    ] {
        assert_eq!(answer::login(&response(200, body)).unwrap_err(), AnswerError::Missing("token"), "{body}");
    }
    assert!(answer::login(&response(200, r#"{"token":5,"expiresIn":60}"#)).is_err());
    let life = |body| answer::login(&response(200, body)).unwrap().expires_in;
    assert_eq!(life(r#"{"token":"a"}"#), answer::DEFAULT_TOKEN_LIFE);
    assert_eq!(life(r#"{"token":"a","expiresIn":9223372036854775807}"#), Duration::from_secs(366 * 24 * 3600));
}

#[test]
fn lists_and_states_are_read_leniently() {
    let list = answer::job_list(&response(
        200,
        r#"{"code":0,"data":{"items":[{"jobId":"j","clientRef":"r","status":"x","errCode":[3],"z":1},{}],"total":"2"}}"#,
    ))
    .unwrap();
    assert_eq!((list.items.len(), list.total, list.items[0].codes.as_slice()), (2, Some(2), [3].as_slice()));
    assert_eq!(answer::job_list(&response(200, "[]")).unwrap(), JobList { items: vec![], total: None });
    assert_eq!(answer::job_list(&response(200, "{}")), Err(AnswerError::Missing("items")));
    let state = answer::device_state(&response(200, r#"{"battery":90.0,"online":true,"newField":{"a":1}}"#)).unwrap();
    assert_eq!((state.report.battery, state.online), (Some(90), Some(true)));
    assert!(state.report.extra.contains_key("newField") && !state.report.extra.contains_key("online"));
    assert!(answer::device_state(&response(200, r#"{"battery":"90"}"#)).is_err());
}
