//! The whole program under both readers: the same report, byte for byte.
