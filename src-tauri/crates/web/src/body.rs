//! Bodies that are made while they are sent.

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::{Body, Bytes};
use futures_core::Stream;
use tokio::sync::mpsc::Receiver;

/// What a sender hands over, as a body. Dropping the body (the browser went away) makes the sender's next send fail.
pub(crate) struct Handed<T>(Receiver<T>);

impl<T> Stream for Handed<T> {
    type Item = T;
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.0.poll_recv(context)
    }
}

/// A body of parts, or of an error that breaks the answer off.
pub(crate) fn from_parts(parts: Receiver<io::Result<Bytes>>) -> Body {
    Body::from_stream(Handed(parts))
}

/// A body of lines that cannot fail.
pub(crate) fn from_lines(lines: Receiver<Bytes>) -> Body {
    struct Sure(Handed<Bytes>);
    impl Stream for Sure {
        type Item = Result<Bytes, Infallible>;
        fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Pin::new(&mut self.0).poll_next(context).map(|line| line.map(Ok))
        }
    }
    Body::from_stream(Sure(Handed(lines)))
}
