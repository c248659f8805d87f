//! What the platform says about the network, so that nothing is tried in vain and nothing waits that need not.

/// What the platform says about the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// There is one: try at once.
    Available,
    /// There is none, or the app goes to the background: do not try.
    Unavailable,
    /// It is another one, Wi-Fi instead of cellular: connect anew.
    Changed,
}

/// What was said last, for whoever watches or will.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signal {
    /// Nothing is to be tried.
    pub(crate) away: bool,
    /// How often the network became another one.
    pub(crate) moved: u64,
}

impl Signal {
    /// Takes in what the platform says.
    pub(crate) fn hear(&mut self, state: Network) {
        self.away = state == Network::Unavailable;
        if state == Network::Changed {
            self.moved = self.moved.wrapping_add(1);
        }
    }
}
