//! A value that many hold and that is copied when one of them changes it.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

/// A value read through all its clones at no cost; [`Shared::change`] copies it first if somebody else still reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared<T>(Arc<T>);

impl<T: Clone> Shared<T> {
    /// The value, to be changed for this holder alone.
    pub fn change(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }

    /// The value itself, copied only if somebody else still reads it.
    #[must_use]
    pub fn take(self) -> T {
        Arc::unwrap_or_clone(self.0)
    }
}

impl<T> Shared<T> {
    /// Whether both are clones of one value that nobody changed since.
    #[must_use]
    pub fn is(&self, other: &Shared<T>) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Shared(Arc::new(value))
    }
}

impl<T: FromIterator<I>, I> FromIterator<I> for Shared<T> {
    fn from_iter<A: IntoIterator<Item = I>>(items: A) -> Self {
        T::from_iter(items).into()
    }
}

impl<'a, K, V> IntoIterator for &'a Shared<BTreeMap<K, V>> {
    type Item = (&'a K, &'a V);
    type IntoIter = std::collections::btree_map::Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
