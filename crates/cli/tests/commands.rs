//! The words of the command line, end to end against `platen sim`, with the exit codes that scripts rely on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Home, Running, Sim, file, picture, program};
use serde_json::Value;
use std::process::{Command, Stdio};

#[test]
fn a_printer_is_bound_with_its_code_and_a_photo_comes_out_as_previewed() {
    let folder = tempfile::tempdir().unwrap();
    let mut sim = Sim::start(&folder.path().join("sim"), "50");
    let home = Home::new(&folder.path().join("data"));

    let said = home.run(&["profile", "show"]);
    assert_eq!((said.code, said.error()), (4, "profile_unknown"));
    let profile = home.done(&["profile", "use", sim.profile()]);
    assert!(profile["httpHost"].as_str().unwrap().contains("127.0.0.1"), "{profile}");
    assert_eq!(home.done(&["profile", "show"])["name"], profile["name"]);
    assert!(home.run(&["printers"]).lines.is_empty());

    // Without a code the printer prints one.
    let said = home.run(&["bind", "--sn", sim.careful()]);
    assert_eq!((said.code, said.error()), (1, "code_needed"));
    assert_eq!(said.lines[0]["stage"], "code-needed");
    let careful = sim.careful().to_owned();
    let code = sim.code(&careful);
    let bound = home.done(&["bind", "--sn", sim.careful(), "--code", &code]);
    assert_eq!(bound["stage"], "bound");
    home.done(&["bind", "--sn", sim.easy(), "--name", "Kitchen"]);
    let printers = home.run(&["printers"]).lines;
    assert_eq!(printers.len(), 2);
    assert!(printers.iter().any(|printer| printer["name"] == "Kitchen"));

    let state = home.done(&["state", sim.easy()]);
    assert_eq!(state["sn"], sim.easy());
    assert_eq!(home.run(&["state", "NOBODY"]).code, 4);

    // The main job.
    let photo = file(folder.path(), "photo.bmp", &picture(1));
    let said = home.run(&["print", &photo, "--printer", sim.easy(), "--dither", "atkinson", "--ref", "order-1"]);
    assert_eq!(said.code, 0, "{said:?}");
    let first = &said.lines[0];
    assert_eq!((first["accepted"].as_bool(), first["ref"].as_str()), (Some(true), Some("order-1")));
    let last = said.last();
    assert_eq!((last["state"].as_str(), last["progress"].as_f64()), (Some("done"), Some(1.0)));
    let sheets = sim.sheets(sim.easy());
    assert_eq!(sheets.len(), 1);

    // The same order again is the same job; nothing more comes out.
    let again = home.run(&["print", &photo, "--printer", sim.easy(), "--dither", "atkinson", "--ref", "order-1"]);
    assert_eq!((again.code, &again.last()["jobId"]), (0, &last["jobId"]));
    assert_eq!(sim.sheets(sim.easy()).len(), 1);

    // `render` and `decode` give the same dots as the paper, without any engine.
    let width = home.run(&["printers"]).lines.iter().find(|p| p["sn"] == sim.easy()).unwrap()["widthDots"].to_string();
    let (prn, png) = (folder.path().join("o.prn"), folder.path().join("o.png"));
    let (prn, png) = (prn.to_str().unwrap(), png.to_str().unwrap());
    let rendered =
        home.done(&["render", &photo, "--width", &width, "--lang", "escpos", "--dither", "atkinson", "-o", prn]);
    let decoded = home.done(&["decode", prn, "--lang", "escpos", "-o", png]);
    assert_eq!(rendered["pages"][0]["sha256"], decoded["sha256"]);
    assert_eq!(decoded["sha256"], sheets[0]["sha256"]);
    assert!(std::fs::read(png).unwrap().starts_with(b"\x89PNG"));

    let control = home.done(&["control", sim.easy(), "reboot"]);
    assert_eq!(control["command"], "reboot");

    // Once more as a new job.
    let id = last["jobId"].as_str().unwrap();
    let other = home.done(&["again", id]);
    assert_eq!(other["reprintOf"], last["jobId"]);
    assert_eq!(home.jobs().len(), 2);
    assert_eq!(home.run(&["cancel", &"0".repeat(32)]).code, 4);

    home.done(&["unbind", sim.careful()]);
    assert_eq!(home.run(&["state", sim.careful()]).code, 4);
    let ended = sim.running.end();
    assert!(ended.success(), "{ended}");
}

#[test]
fn every_ending_has_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::new(&folder.path().join("data"));
    let text = file(folder.path(), "a.txt", b"hello");
    for (words, code, error) in [
        (vec!["print", text.as_str(), "--printer", "NOBODY"], 4, "printer_unknown"),
        (vec!["print", "absent.png", "--printer", "NOBODY"], 4, "file_unknown"),
        (vec!["watch", "NOBODY"], 4, "printer_unknown"),
        (vec!["control", "NOBODY", "reboot"], 4, "printer_unknown"),
        (vec!["unbind", "NOBODY"], 4, "printer_unknown"),
        (vec!["resolve", "0", "done"], 4, "job_unknown"),
        (vec!["call", "no.such", "{}"], 1, "method_unknown"),
        (vec!["call", "jobs.list", "{"], 1, "bad_request"),
        (vec!["call", "jobs.list", r#"{"limt":1}"#], 1, "bad_request"),
        (vec!["profile", "use", "absent.toml"], 4, "file_unknown"),
        (vec!["decode", text.as_str(), "--lang", "zpl9", "-o", "x.png"], 4, "language_unknown"),
    ] {
        let said = home.run(&words);
        assert_eq!((said.code, said.error()), (code, error), "{words:?} {said:?}");
        assert!(!said.last()["error"]["message"].as_str().unwrap().is_empty());
    }
    for words in [vec!["prnt"], vec!["print", "x"], vec!["resolve", "x", "perhaps"], vec!["serve", "--port", "x"]] {
        let said = home.command(&words).output().unwrap();
        assert_eq!(said.status.code(), Some(2), "{words:?}");
    }
    assert!(!home.run(&["models"]).lines.is_empty());
    let doctor = home.run(&["doctor"]);
    assert!(doctor.last()["checks"].as_array().is_some_and(|checks| !checks.is_empty()), "{doctor:?}");
    assert!(home.done(&["call", "settings.show", "{}"])["language"].is_string());
}

#[test]
fn people_read_sentences_and_never_a_backtrace() {
    let folder = tempfile::tempdir().unwrap();
    let output =
        Command::new(program()).arg("--data").arg(folder.path().join("d")).args(["state", "NOBODY"]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.stdout.is_empty());
    assert!(stderr.contains("[printer_unknown]") && stderr.lines().count() == 1, "{stderr}");
    let output = Command::new(program()).arg("--data").arg(folder.path().join("d")).arg("printers").output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("platen bind --sn"));
}

#[test]
fn a_text_from_standard_input_is_printed_and_can_be_watched() {
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::start(&folder.path().join("sim"), "50");
    let home = Home::new(&folder.path().join("data"));
    home.settle_in(&sim);
    let mut serve = home.start(&["serve"]);
    let door = serve.next().unwrap();
    for field in ["address", "url", "token", "port", "pid"] {
        assert!(!door[field].is_null(), "{field}");
    }
    assert!(door["url"].as_str().unwrap().contains("#token="));
    let mut watch = home.start(&["watch", sim.easy()]);
    let first = watch.next().unwrap();
    assert!(first["seq"].is_u64() && first["body"]["kind"] == "watching", "{first}");

    let mut print = home.command(&["print", "-", "--printer", sim.easy(), "--text-size", "20", "--copies", "2"]);
    let mut child = print.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), "สวัสดี 你好 hello\n".as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let last: Value = serde_json::from_str(String::from_utf8(output.stdout).unwrap().lines().last().unwrap()).unwrap();
    assert_eq!((output.status.code(), last["state"].as_str()), (Some(0), Some("done")));
    assert_eq!(sim.sheets(sim.easy()).len(), 2, "two copies");

    let done =
        |event: &Value| event["body"]["job"]["jobId"] == last["jobId"] && event["body"]["job"]["state"] == "done";
    while !done(&watch.next().expect("the watcher goes on until the job is done")) {}
    assert!(watch.end().success());
    assert!(serve.end().success());
    assert!(!home.data.join("door.json").exists(), "an orderly end takes the file along");
}

#[test]
fn a_second_serve_says_that_the_folder_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::new(&folder.path().join("data"));
    let mut serve = home.start(&["serve"]);
    let port = serve.next().unwrap()["port"].to_string();
    let said = home.run(&["serve"]);
    assert_eq!((said.code, said.error()), (1, "data_in_use"));
    let other = Home::new(&folder.path().join("other"));
    let said = other.run(&["serve", "--port", &port]);
    assert_eq!((said.code, said.error()), (1, "port_taken"));
    assert!(serve.end().success());
}

#[test]
fn serve_with_the_world_has_two_bound_printers() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::new(&folder.path().join("data"));
    let mut serve: Running = home.start(&["serve", "--sim"]);
    serve.next().expect("an address");
    let printers = home.run(&["printers"]).lines;
    assert_eq!(printers.len(), 2, "{printers:?}");
    assert!(printers.iter().all(|printer| printer["simulated"] == true));
    let sn = printers[0]["sn"].as_str().unwrap();
    let photo = file(folder.path(), "photo.bmp", &picture(2));
    assert_eq!(home.run(&["print", &photo, "--printer", sn]).code, 0);
    let paper = home.done(&["call", "world.paper", &serde_json::json!({ "sn": sn }).to_string()]);
    assert_eq!(paper.as_array().unwrap().len(), 1, "{paper}");
    assert!(serve.end().success());
}
