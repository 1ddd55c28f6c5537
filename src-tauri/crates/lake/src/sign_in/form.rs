//! A form sent to an OAuth endpoint, over the same client as everything else.

use std::{convert::Infallible, fmt::Write as _};

use aws_sdk_s3::{config::SharedHttpClient, primitives::SdkBody};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use zeroize::Zeroizing;

use super::{SignInError, line::Line};

/// Status and body of an answer.
pub struct Answer {
    pub status: u16,
    pub body: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Fields as a form or a query has them.
pub fn encoded(fields: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        let before = if text.is_empty() { "" } else { "&" };
        let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
        // Writing to a string does not fail.
        let _written = write!(text, "{before}{name}={value}");
    }
    text
}

/// The value of `name` in a query.
pub fn field(query: &str, name: &str) -> Option<String> {
    let pair = query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    let spaced = pair.replace('+', " ");
    let text = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(text.into_owned())
}

/// What is sent, and where on its server; not shown, because it holds secrets.
struct Form {
    path: String,
    body: Zeroizing<String>,
}

impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Form { … }")
    }
}

/// Sends a form to `path` of the server `origin` and takes the answer, whatever its status; nothing is sent twice, because a code is good for one use.
pub async fn post(
    http: &SharedHttpClient,
    origin: &str,
    path: &str,
    fields: &[(&str, &str)],
) -> Result<Answer, SignInError> {
    let operation = Operation::builder()
        .service_name("sign-in")
        .operation_name("token")
        .behavior_version(aws_config::BehaviorVersion::v2026_01_12())
        .http_client(http.clone())
        .endpoint_url(origin)
        .no_auth()
        .no_retry()
        .timeout_config(Line::timeouts())
        .serializer(|form: Form| {
            let mut request = HttpRequest::new(SdkBody::from(form.body.as_str()));
            request.set_method("POST")?;
            request.set_uri(form.path)?;
            let headers = request.headers_mut();
            headers.try_insert("content-type", "application/x-www-form-urlencoded")?;
            headers.try_insert("accept", "application/json")?;
            headers.try_insert("content-length", form.body.len().to_string())?;
            Ok(request)
        })
        .deserializer(|response: &HttpResponse| {
            let body = response.body().bytes().unwrap_or_default().to_vec();
            Ok::<_, OrchestratorError<Infallible>>(Answer {
                status: response.status().as_u16(),
                body: Zeroizing::new(body),
            })
        })
        .build();
    let form = Form {
        path: path.to_owned(),
        body: Zeroizing::new(encoded(fields)),
    };
    operation
        .invoke(form)
        .await
        .map_err(|error| SignInError::Offline(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_from_their_encoding() {
        let fields = [("code", "a+b/c=d&e f"), ("state", "ünïcödé%")];
        let text = encoded(&fields);
        for (name, value) in fields {
            assert_eq!(field(&text, name).as_deref(), Some(value), "{text}");
        }
        assert_eq!(field("code=one+two%21", "code").as_deref(), Some("one two!"));
        assert_eq!(field("encode=1&code=2", "code").as_deref(), Some("2"));
        assert_eq!(field("codes=1", "code"), None);
        assert_eq!(field("code=%ff", "code"), None);
    }
}
