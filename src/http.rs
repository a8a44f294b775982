//! The one door to the network.
//!
//! In: a request. Out: a response within bounds of time and size, or why there is none. Hooks never come here.
