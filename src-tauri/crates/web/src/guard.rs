//! What every request must show before anything looks at what it asks for.

use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};

use crate::door::Door;

/// Whom this server answers.
pub(crate) struct Guard {
    /// `127.0.0.1:8417`: what the Host header must say, so that a name somebody points at us does not reach us.
    pub(crate) host: String,
    /// `http://127.0.0.1:8417`: where pages that write must come from.
    pub(crate) origin: String,
    /// Name of the cookie. Cookies are shared between the ports of a host, so the port is in it.
    pub(crate) cookie: String,
    pub(crate) door: Door,
}

/// Why a request is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) words: &'static str,
}

const fn refuse(status: StatusCode, words: &'static str) -> Result<(), Refusal> {
    Err(Refusal { status, words })
}

impl Guard {
    /// Checks of a request to anything, the door included.
    pub(crate) fn check_host(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let mut hosts = headers.get_all(header::HOST).iter();
        match (hosts.next(), hosts.next()) {
            (Some(host), None) if host.as_bytes().eq_ignore_ascii_case(self.host.as_bytes()) => Ok(()),
            _ => refuse(
                StatusCode::MISDIRECTED_REQUEST,
                "This address does not belong to this desk.",
            ),
        }
    }

    /// Checks of a request to anything behind the door.
    pub(crate) fn check(&self, method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
        self.check_host(headers)?;
        if !self.is_known(headers) {
            return refuse(
                StatusCode::UNAUTHORIZED,
                "This desk opens with the address that circletake printed.",
            );
        }
        // Other sites may link to us but not reach into us; a browser that says so is believed.
        let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
        match *method {
            Method::GET | Method::HEAD => match site {
                Some(b"cross-site" | b"same-site") => {
                    refuse(StatusCode::FORBIDDEN, "Another site asked for this.")
                }
                _ => Ok(()),
            },
            Method::POST => {
                let origin = headers.get(header::ORIGIN).map(|origin| origin.as_bytes());
                let here = origin == Some(self.origin.as_bytes());
                if here && matches!(site, None | Some(b"same-origin")) {
                    Ok(())
                } else {
                    refuse(
                        StatusCode::FORBIDDEN,
                        "Only the desk's own pages may change something.",
                    )
                }
            }
            _ => refuse(
                StatusCode::METHOD_NOT_ALLOWED,
                "Nothing here answers to this method.",
            ),
        }
    }

    fn is_known(&self, headers: &HeaderMap) -> bool {
        let cookies = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok());
        let mut pairs = cookies
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(name, value)| name == self.cookie && self.door.knows(value))
    }
}

/// Headers of every answer: nothing from elsewhere is loaded, framed, guessed or told about.
pub(crate) const ALWAYS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; \
         font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()",
    ),
];

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn guard() -> (Guard, String) {
        let guard = Guard {
            host: "127.0.0.1:8417".to_owned(),
            origin: "http://127.0.0.1:8417".to_owned(),
            cookie: "circletake_8417".to_owned(),
            door: Door::new(),
        };
        let token = guard.door.mint().unwrap();
        let session = guard.door.enter(&token).unwrap().unwrap();
        (guard, session)
    }

    fn status(guard: &Guard, method: Method, headers: &[(&str, &str)]) -> Option<u16> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        guard
            .check(&method, &map)
            .err()
            .map(|refusal| refusal.status.as_u16())
    }

    /// A method, headers, and the status it is turned away with.
    type Case<'a> = (Method, &'a [(&'a str, &'a str)], Option<u16>);

    #[test]
    fn the_table_of_who_comes_in() {
        let (guard, session) = guard();
        let right = format!("a=b; circletake_8417={session}");
        let (host, cookie) = (("host", "127.0.0.1:8417"), ("cookie", right.as_str()));
        let origin = ("origin", "http://127.0.0.1:8417");
        let cases: &[Case<'_>] = &[
            (Method::GET, &[host, cookie], None),
            (
                Method::GET,
                &[host, cookie, ("sec-fetch-site", "same-origin")],
                None,
            ),
            (Method::GET, &[host, cookie, ("sec-fetch-site", "none")], None),
            (
                Method::GET,
                &[host, cookie, ("sec-fetch-site", "cross-site")],
                Some(403),
            ),
            (Method::GET, &[host], Some(401)),
            (Method::GET, &[host, ("cookie", "circletake_8417=")], Some(401)),
            (Method::GET, &[host, ("cookie", "circletake_8417=00")], Some(401)),
            (Method::GET, &[cookie], Some(421)),
            (Method::GET, &[("host", "evil.example:8417"), cookie], Some(421)),
            (Method::GET, &[("host", "127.0.0.1"), cookie], Some(421)),
            (Method::GET, &[("host", "127.0.0.1:80"), cookie], Some(421)),
            (Method::GET, &[host, ("host", "evil.example"), cookie], Some(421)),
            (Method::POST, &[host, cookie, origin], None),
            (Method::POST, &[host, cookie], Some(403)),
            (Method::POST, &[host, cookie, ("origin", "null")], Some(403)),
            (
                Method::POST,
                &[host, cookie, ("origin", "http://127.0.0.1:9000")],
                Some(403),
            ),
            (
                Method::POST,
                &[host, cookie, ("origin", "http://evil.example")],
                Some(403),
            ),
            (
                Method::POST,
                &[host, cookie, origin, ("sec-fetch-site", "cross-site")],
                Some(403),
            ),
            (Method::POST, &[host, origin], Some(401)),
            (Method::PUT, &[host, cookie, origin], Some(405)),
            (Method::DELETE, &[host, cookie, origin], Some(405)),
            (Method::OPTIONS, &[host, cookie, origin], Some(405)),
        ];
        for (method, headers, expected) in cases {
            assert_eq!(
                status(&guard, method.clone(), headers),
                *expected,
                "{method} {headers:?}"
            );
        }
    }
}
