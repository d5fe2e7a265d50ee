//! What is gathered until control goes from a program to its host.
//!
//! A library gathers what a program prints. The host must find it in its place, before what the host prints itself: so it is
//! sent when a call returns to the host, and before a host function runs. Whatever gathers says so each time, with
//! what sends it; the machine knows no more of it than that.

use std::io;

use super::native::Ctx;
use super::state::State;
use crate::error::Error;
use crate::kernel::meter::Watch;

/// What was gathered since the host last had control.
#[derive(Default)]
pub(crate) struct Gathered {
    /// Sends it, if there is anything.
    send: Option<fn(&Watch) -> io::Result<()>>,
    /// Why something could not be sent that the program was not told of.
    failed: Option<io::ErrorKind>,
}

impl State {
    /// Control goes to a host function, or back to one.
    #[inline]
    pub(super) fn send_gathered(&mut self) {
        if let Some(send) = self.gathered.send.take()
            && let Err(error) = send(&self.heap.meter.watch())
        {
            self.gathered.failed = Some(error.kind());
        }
    }

    /// Control goes back to the outermost host, who is told if anything could not be sent.
    #[inline]
    pub(super) fn send_gathered_at_end(&mut self) -> Result<(), Error> {
        self.send_gathered();
        match self.gathered.failed.take() {
            Some(kind) => Err(Error::Output(kind)),
            None => Ok(()),
        }
    }
}

impl Ctx<'_> {
    /// Something was gathered, which `send` sends. If gathering failed, the host will be told in the program's place.
    #[inline]
    pub(crate) fn gathered(&mut self, result: io::Result<()>, send: fn(&Watch) -> io::Result<()>) {
        self.st.gathered.send = Some(send);
        if let Err(error) = result {
            self.st.gathered.failed = Some(error.kind());
        }
    }

    /// Control goes to a host function, or back to one.
    #[inline]
    pub(crate) fn send_gathered(&mut self) {
        self.st.send_gathered();
    }
}
