//! A network that loses, repeats, delays and cuts.

use super::Weather;
use fieldbook_device::{Carrier, Error};
use fieldbook_server::app::App;
use fieldbook_server::token::Identity;
use std::future::Future;

/// A request that has not arrived yet.
pub(super) struct Late {
    pub(super) identity: Identity,
    pub(super) request: Vec<u8>,
}

/// The way from one phone to the server, for one sync.
pub(super) struct Network<'s> {
    pub(super) app: App,
    pub(super) identity: Identity,
    pub(super) weather: Weather,
    /// How far into a request or an answer it is cut, in percent.
    pub(super) cut: usize,
    /// What has not arrived yet.
    pub(super) late: &'s mut Vec<Late>,
}

impl Network<'_> {
    fn carry(&mut self, request: Vec<u8>) -> Option<Vec<u8>> {
        let beginning = |bytes: &[u8]| bytes.get(..bytes.len() * self.cut / 100).unwrap_or_default().to_vec();
        match std::mem::replace(&mut self.weather, Weather::Fair) {
            Weather::Fair => Some(self.app.exchange(&self.identity, &request)),
            Weather::AnswerLost => {
                let _lost = self.app.exchange(&self.identity, &request);
                None
            }
            Weather::RequestLost => None,
            Weather::Late => {
                self.late.push(Late { identity: self.identity.clone(), request });
                None
            }
            Weather::Twice => {
                let _first = self.app.exchange(&self.identity, &request);
                Some(self.app.exchange(&self.identity, &request))
            }
            Weather::RequestCut => {
                let _lost = self.app.exchange(&self.identity, &beginning(&request));
                None
            }
            Weather::AnswerCut => Some(beginning(&self.app.exchange(&self.identity, &request))),
        }
    }
}

impl Carrier for Network<'_> {
    fn exchange(&mut self, request: Vec<u8>) -> impl Future<Output = Result<Vec<u8>, Error>> + Send {
        let answer = self.carry(request).ok_or_else(|| Error::Offline { reason: "the network broke".to_owned() });
        async move { answer }
    }
}
