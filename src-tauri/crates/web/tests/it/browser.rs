//! As much of a browser as these tests need: HTTP/1.1 by hand, so that every header is the test's own.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

use serde_json::Value;
use web::Served;

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// Opens a request and reads the answer's head.
pub(crate) fn open(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> (u16, Vec<(String, String)>, BufReader<TcpStream>) {
    let mut stream = TcpStream::connect(address).unwrap();
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let chunked = headers.iter().any(|(name, _)| *name == "Transfer-Encoding");
    if method == "POST" && !chunked {
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    // A server that refuses by the headers need not read the body.
    let _refused = stream.write_all(body);
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    let mut found = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        found.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    (status, found, reader)
}

pub(crate) fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let (status, headers, mut reader) = open(address, method, path, headers, body);
    let chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let mut body = Vec::new();
    if method != "HEAD" {
        if chunked {
            while let Some(chunk) = chunk(&mut reader) {
                body.extend(chunk);
            }
        } else {
            reader.read_to_end(&mut body).unwrap();
        }
    }
    Answer {
        status,
        headers,
        body,
    }
}

/// One chunk of a chunked body, `None` at its end.
pub(crate) fn chunk(reader: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut size = String::new();
    reader.read_line(&mut size).unwrap();
    let size = usize::from_str_radix(size.trim(), 16)
        .ok()
        .filter(|size| *size > 0)?;
    let mut bytes = vec![0; size + 2];
    reader.read_exact(&mut bytes).unwrap();
    bytes.truncate(size);
    Some(bytes)
}

/// A browser that has opened the desk.
pub(crate) struct Browser {
    pub(crate) address: SocketAddr,
    pub(crate) host: String,
    pub(crate) origin: String,
    pub(crate) cookie: String,
}

impl Browser {
    pub(crate) fn enter(served: &Served) -> Self {
        let url = served.url().unwrap();
        let address = served.address();
        let host = address.to_string();
        let path = url.strip_prefix(&format!("http://{host}")).unwrap();
        let answer = request(address, "GET", path, &[("Host", &host)], b"");
        assert_eq!(answer.status, 200);
        let set = answer.header("set-cookie").unwrap();
        assert!(
            set.contains("HttpOnly") && set.contains("SameSite=Strict") && set.contains("Path=/"),
            "{set}"
        );
        let cookie = set.split(';').next().unwrap().to_owned();
        Self {
            address,
            origin: format!("http://{host}"),
            host,
            cookie,
        }
    }

    pub(crate) fn get(&self, path: &str, more: &[(&str, &str)]) -> Answer {
        self.send("GET", path, more, b"")
    }

    pub(crate) fn send(&self, method: &str, path: &str, more: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut headers = vec![("Host", self.host.as_str()), ("Cookie", self.cookie.as_str())];
        if method == "POST" {
            headers.push(("Origin", self.origin.as_str()));
        }
        headers.extend_from_slice(more);
        request(self.address, method, path, &headers, body)
    }

    pub(crate) fn call(&self, name: &str, request: &Value) -> Answer {
        self.call_with(name, request, &[])
    }

    pub(crate) fn call_with(&self, name: &str, request: &Value, more: &[(&str, &str)]) -> Answer {
        let headers = [&[("Content-Type", "application/json")], more].concat();
        let body = request.to_string();
        self.send("POST", &format!("/api/{name}"), &headers, body.as_bytes())
    }
}
