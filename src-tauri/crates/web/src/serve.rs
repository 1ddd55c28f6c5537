use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use api::{Desk, wire::Host};
use axum::{Router, extract::Request};
use fault::{Code, Fault};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    sync::watch,
};
use workstation::Workstation;

use crate::{door::Door, guard::Guard, routes::Site};

/// How long open answers may go on after the server was asked to stop.
const GRACE: Duration = Duration::from_secs(3);
/// Threads for what waits on a disk or a decoder.
const BLOCKING_THREADS: usize = 48;

/// What to serve and where.
pub struct ServeOptions {
    /// The workstation whose desk is served.
    pub workstation: Arc<Workstation>,
    /// Only addresses of this machine itself are taken.
    pub address: IpAddr,
    /// 0 takes any free port.
    pub port: u16,
    /// Largest file taken in through the browser.
    pub upload_max_bytes: u64,
}

impl ServeOptions {
    /// On 127.0.0.1, any free port, uploads up to 64 GiB.
    pub fn new(workstation: Arc<Workstation>) -> Self {
        Self {
            workstation,
            address: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            upload_max_bytes: 64 << 30,
        }
    }
}

/// A running server. Dropping it stops it.
pub struct Served {
    site: Arc<Site>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    ended: watch::Receiver<bool>,
    runtime: Option<Runtime>,
}

/// Serves the desk until the answer is stopped or dropped. Nothing is printed: the caller shows [`Served::url`].
///
/// # Errors
/// [`Code::NotAllowed`] for an address that other machines could reach, [`Code::Conflict`] when the port is taken.
pub fn serve(options: ServeOptions) -> Result<Served, Fault> {
    let ServeOptions {
        workstation,
        address,
        port,
        upload_max_bytes,
    } = options;
    if !address.is_loopback() {
        return Err(Fault::new(Code::NotAllowed, format!("The desk is not served at {address}, which other machines reach."))
            .hint("That needs TLS and a sign-in for each person, which this version does not have. Use 127.0.0.1, and a tunnel such as ssh -L."));
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_name("web")
        .enable_all()
        .build()
        .map_err(|error| {
            Fault::new(Code::Internal, "The server's threads could not be started.").because(&error)
        })?;
    let listener = runtime
        .block_on(TcpListener::bind((address, port)))
        .map_err(|error| {
            let code = if error.kind() == std::io::ErrorKind::AddrInUse {
                Code::Conflict
            } else {
                Code::NotAllowed
            };
            Fault::new(code, format!("The desk cannot be served at port {port}."))
                .hint("Choose another port, or none to have a free one chosen.")
                .because(&error)
        })?;
    let address = listener.local_addr().map_err(|error| {
        Fault::new(Code::Internal, "The server does not know its own address.").because(&error)
    })?;
    let desk = Arc::new(Desk::new(workstation, Host::Browser)?);
    let guard = Guard {
        host: address.to_string(),
        origin: format!("http://{address}"),
        cookie: format!("circletake_{}", address.port()),
        door: Door::new(),
    };
    let site = Arc::new(Site::new(desk, guard, upload_max_bytes));
    let (stop, stopped) = watch::channel(false);
    let (end, ended) = watch::channel(false);
    let router = {
        let site = Arc::clone(&site);
        Router::new().fallback(move |request: Request| Arc::clone(&site).answer(request))
    };
    runtime.spawn(async move {
        let serving = axum::serve(listener, router).with_graceful_shutdown(until(stopped.clone()));
        let late = async {
            until(stopped).await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            served = serving => {
                if let Err(error) = served {
                    tracing::error!(%error, "the server ended");
                }
            }
            () = late => tracing::debug!("answers that were still open were broken off"),
        }
        let _nobody_waits = end.send(true);
    });
    Ok(Served {
        site,
        address,
        stop,
        ended,
        runtime: Some(runtime),
    })
}

/// Until somebody says stop, or cannot any more.
async fn until(mut stopped: watch::Receiver<bool>) {
    let _gone_counts_too = stopped.wait_for(|stop| *stop).await;
}

impl Served {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A new address that opens the desk once, in one browser. An older one that nobody used is void.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn url(&self) -> Result<String, Fault> {
        Ok(format!(
            "http://{}/enter?token={}",
            self.address,
            self.site.guard.door.mint()?
        ))
    }

    /// The desk that is served.
    pub fn desk(&self) -> &Arc<Desk> {
        &self.site.desk
    }

    /// Asks it to stop. Open answers may finish for a moment.
    pub fn stop(&self) {
        self.site.listeners.stop();
        let _already_gone = self.stop.send(true);
    }

    /// Waits until it has stopped.
    pub fn wait(&self) {
        if let Some(runtime) = &self.runtime {
            let mut ended = self.ended.clone();
            runtime.block_on(async move {
                let _gone_counts_too = ended.wait_for(|ended| *ended).await;
            });
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop();
        self.wait();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(GRACE);
        }
        self.site.listeners.join();
        self.site.desk.settle();
    }
}
