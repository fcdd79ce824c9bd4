//! How an exchange with an endpoint travels: over Bluetooth as a write with response and a read of the same
//! characteristic, over the device's own access point as one POST.
//!
//! Rules (sections 2.1 and 2.5): endpoints are found by the characteristic's description, by number only where there is
//! none; nothing above 512 bytes is written; over HTTP the cookie goes back as it came, nothing is sent in parallel, and a
//! closed connection or a 500 is the handler's "no".

use crate::provisioning::esp::{DEFAULT_SERVICE, EXAMPLE_SERVICE, Endpoint, MAX_VALUE};
use platen_model::gatt::Tree;
use platen_model::{
    At, GattEvent, GattFailure, GattRequest, HttpFailure, HttpMethod, HttpRequest, HttpResult, Input, Uuid,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// The longest answer over HTTP, in bytes.
const MAX_BODY: usize = 4096;

/// Why an exchange gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The link is gone, or the access point; the device may have acted.
    Lost,
    /// The device's handler said no: wrong code, wrong cipher, wrong state.
    Refused,
    /// Nothing came in time; the device may have acted.
    Silent,
    /// There is no such endpoint, or the message does not fit: nothing was sent.
    NotPossible,
}

pub(super) type Answer = Result<Vec<u8>, Broken>;

/// What the runner shall do.
pub(super) enum Wire {
    Gatt(GattRequest),
    Request(HttpRequest),
}

enum Doing {
    Nothing,
    /// To be sent.
    Wanted {
        at: Place,
        bytes: Vec<u8>,
        within: Duration,
    },
    Writing(At),
    /// Written; to be read.
    Written(At),
    Reading,
    Requesting,
    /// Over before it began.
    Refused(Broken),
}

#[derive(Clone)]
enum Place {
    At(At),
    Url(String),
}

enum Kind {
    Ble(BTreeMap<String, At>),
    Http { base: String, cookie: Option<String> },
}

pub(super) struct Road {
    kind: Kind,
    doing: Doing,
}

impl Road {
    /// `None` when no service of the device has the endpoint of the session.
    pub(super) fn ble(tree: &Tree) -> Option<Self> {
        let map = endpoints(tree)?;
        Some(Self { kind: Kind::Ble(map), doing: Doing::Nothing })
    }

    pub(super) fn http(base: &str) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        Self { kind: Kind::Http { base, cookie: None }, doing: Doing::Nothing }
    }

    pub(super) fn is_http(&self) -> bool {
        matches!(self.kind, Kind::Http { .. })
    }

    /// Whether the device has the endpoint; over HTTP nobody knows before asking.
    pub(super) fn has(&self, endpoint: &str) -> bool {
        match &self.kind {
            Kind::Ble(map) => map.contains_key(endpoint),
            Kind::Http { .. } => true,
        }
    }

    /// A new session: a device knows it by its cookie.
    pub(super) fn forget(&mut self) {
        if let Kind::Http { cookie, .. } = &mut self.kind {
            *cookie = None;
        }
    }

    /// Begins an exchange. One at a time.
    pub(super) fn start(&mut self, endpoint: &str, bytes: Vec<u8>, within: Duration) {
        let place = match &self.kind {
            Kind::Ble(map) => map.get(endpoint).copied().map(Place::At).filter(|_| bytes.len() <= MAX_VALUE),
            Kind::Http { base, .. } => {
                Some(Place::Url(format!("{base}/{endpoint}"))).filter(|_| bytes.len() <= MAX_BODY)
            }
        };
        self.doing = match place {
            Some(at) => Doing::Wanted { at, bytes, within },
            None => Doing::Refused(Broken::NotPossible),
        };
    }

    pub(super) fn poll(&mut self) -> Option<Wire> {
        match std::mem::replace(&mut self.doing, Doing::Nothing) {
            Doing::Wanted { at: Place::At(at), bytes, .. } => {
                self.doing = Doing::Writing(at);
                Some(Wire::Gatt(GattRequest::Write { at, bytes, confirmed: true }))
            }
            Doing::Wanted { at: Place::Url(url), bytes, within } => {
                self.doing = Doing::Requesting;
                Some(Wire::Request(self.request(url, bytes, within)))
            }
            Doing::Written(at) => {
                self.doing = Doing::Reading;
                Some(Wire::Gatt(GattRequest::Read { at }))
            }
            other => {
                self.doing = other;
                None
            }
        }
    }

    fn request(&self, url: String, body: Vec<u8>, timeout: Duration) -> HttpRequest {
        let mut headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
        if let Kind::Http { cookie: Some(cookie), .. } = &self.kind {
            headers.push(("cookie".to_owned(), cookie.clone()));
        }
        HttpRequest {
            method: HttpMethod::Post,
            url,
            headers,
            bearer: None,
            body,
            enclosure: None,
            limit: MAX_BODY,
            timeout,
        }
    }

    /// What was over before anything was sent.
    pub(super) fn refused(&mut self) -> Option<Answer> {
        match self.doing {
            Doing::Refused(broken) => {
                self.doing = Doing::Nothing;
                Some(Err(broken))
            }
            _ => None,
        }
    }

    /// The end of the exchange, when this input brings it.
    pub(super) fn handle(&mut self, input: Input<'_>) -> Option<Answer> {
        let answer = match (&self.doing, input) {
            (_, Input::Gatt(GattEvent::Lost)) => Err(Broken::Lost),
            (Doing::Writing(at), Input::Gatt(GattEvent::Written(Ok(())))) => {
                self.doing = Doing::Written(*at);
                return None;
            }
            (Doing::Writing(_), Input::Gatt(GattEvent::Written(Err(failure)))) => Err(broken(&failure)),
            (Doing::Reading, Input::Gatt(GattEvent::Value(result))) => result.map_err(|failure| broken(&failure)),
            (Doing::Requesting, Input::Response(result)) => self.response(result),
            _ => return None,
        };
        self.doing = Doing::Nothing;
        Some(answer)
    }

    fn response(&mut self, result: HttpResult) -> Answer {
        match result {
            Ok(response) => {
                if let (Kind::Http { cookie, .. }, Some(set)) = (&mut self.kind, response.cookie) {
                    *cookie = Some(set).filter(|set| set.starts_with("session=")).or(cookie.take());
                }
                if response.status == 200 { Ok(response.body) } else { Err(Broken::Refused) }
            }
            // The device closes the connection when its handler says no.
            Err(HttpFailure::Broken(_)) => Err(Broken::Refused),
            Err(HttpFailure::TimedOut) => Err(Broken::Silent),
            Err(HttpFailure::TooLarge | HttpFailure::Refused(_)) => Err(Broken::NotPossible),
            Err(HttpFailure::Unreachable(_) | HttpFailure::Certificate(_)) => Err(Broken::Lost),
        }
    }
}

fn broken(failure: &GattFailure) -> Broken {
    match failure {
        GattFailure::Lost => Broken::Lost,
        GattFailure::Refused { .. } => Broken::Refused,
        GattFailure::TimedOut => Broken::Silent,
        GattFailure::NotPossible => Broken::NotPossible,
    }
}

/// The endpoints by name, from the service that has the session's.
fn endpoints(tree: &Tree) -> Option<BTreeMap<String, At>> {
    let session = Endpoint::Session.name();
    let described = |name: &str| tree.characteristics.iter().find(|row| row.description.as_deref() == Some(name));
    let service = match described(session) {
        Some(row) => row.at.service,
        None => [DEFAULT_SERVICE, EXAMPLE_SERVICE]
            .into_iter()
            .filter_map(|service| service.parse::<Uuid>().ok())
            .chain(tree.characteristics.iter().map(|row| row.at.service))
            .find(|service| numbered(*service, Endpoint::Session).is_some_and(|at| tree.get(at).is_some()))?,
    };
    let mut map = BTreeMap::new();
    for endpoint in Endpoint::ALL {
        map.extend(
            numbered(service, endpoint)
                .filter(|at| tree.get(*at).is_some_and(|row| row.description.is_none()))
                .map(|at| (endpoint.name().to_owned(), at)),
        );
    }
    // Names go before numbers.
    map.extend(tree.of(service).filter_map(|row| Some((row.description.clone()?, row.at))));
    map.contains_key(session).then_some(map)
}

fn numbered(service: Uuid, endpoint: Endpoint) -> Option<At> {
    let characteristic = endpoint.characteristic(&service.to_string())?.parse().ok()?;
    Some(At::new(service, characteristic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_model::HttpResponse;
    use platen_model::gatt::{Characteristic, Properties};

    fn row(service: Uuid, characteristic: &str, description: Option<&str>) -> Characteristic {
        let properties = Properties { read: true, write: true, ..Properties::default() };
        let at = At::new(service, characteristic.parse().unwrap());
        Characteristic { at, properties, description: description.map(str::to_owned) }
    }

    #[test]
    fn names_go_before_numbers_and_numbers_help_where_there_are_no_names() {
        let service: Uuid = DEFAULT_SERVICE.parse().unwrap();
        let at = |short: &str| format!("1775{short}-6b43-439b-877c-060f2d9bed07");
        // Numbered from zero, as one maker does; what has the standard's number has another name.
        let named = Tree {
            characteristics: vec![
                row(service, &at("0001"), Some("prov-session")),
                row(service, &at("0002"), Some("prov-config")),
                row(service, &at("ff51"), Some("custom")),
            ],
        };
        let map = endpoints(&named).unwrap();
        assert_eq!(map["prov-session"].characteristic.to_string(), at("0001"));
        assert_eq!(map["custom"].characteristic.to_string(), at("ff51"));
        let own: Uuid = "abcd0000-1111-2222-3333-444455556666".parse().unwrap();
        let numbered = Tree { characteristics: vec![row(own, "abcdff51-1111-2222-3333-444455556666", None)] };
        assert!(endpoints(&numbered).unwrap().contains_key("prov-session"));
        assert!(endpoints(&Tree::default()).is_none());
    }

    #[test]
    fn nothing_above_512_bytes_is_ever_written() {
        let service: Uuid = DEFAULT_SERVICE.parse().unwrap();
        let tree =
            Tree { characteristics: vec![row(service, "1775ff51-6b43-439b-877c-060f2d9bed07", Some("prov-session"))] };
        let mut road = Road::ble(&tree).unwrap();
        road.start("prov-session", vec![0; 513], Duration::from_secs(1));
        assert!(road.poll().is_none());
        assert_eq!(road.refused(), Some(Err(Broken::NotPossible)));
        road.start("prov-session", vec![0; 512], Duration::from_secs(1));
        assert!(matches!(road.poll(), Some(Wire::Gatt(GattRequest::Write { confirmed: true, .. }))));
    }

    #[test]
    fn the_cookie_goes_back_as_it_came_and_nothing_else() {
        let mut road = Road::http("http://192.168.4.1:80/");
        let cookies = |road: &mut Road| {
            road.start("proto-ver", b"---".to_vec(), Duration::from_secs(1));
            let Some(Wire::Request(request)) = road.poll() else { panic!() };
            assert_eq!(request.url, "http://192.168.4.1:80/proto-ver");
            request.headers.iter().filter(|(name, _)| name == "cookie").map(|(_, value)| value.clone()).collect()
        };
        let answer = |road: &mut Road, cookie: Option<&str>| {
            let cookie = cookie.map(str::to_owned);
            road.handle(Input::Response(Ok(HttpResponse { status: 200, date: None, cookie, body: vec![1] })))
        };
        let none: Vec<String> = cookies(&mut road);
        assert!(none.is_empty());
        assert_eq!(answer(&mut road, Some("session=4711")), Some(Ok(vec![1])));
        assert_eq!(cookies(&mut road), ["session=4711"]);
        assert_eq!(answer(&mut road, None), Some(Ok(vec![1])));
        assert_eq!(cookies(&mut road), ["session=4711"]);
        assert_eq!(answer(&mut road, Some("other=1")), Some(Ok(vec![1])));
        road.forget();
        assert!(cookies(&mut road).is_empty());
    }
}
