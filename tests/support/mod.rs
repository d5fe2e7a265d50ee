//! What tests of properties and the fuzz targets share: generators, which draw from [`choices::Choices`], models, and oracles.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::missing_panics_doc,
    reason = "each test uses a part of it, and the package of fuzz targets makes it public"
)]

pub mod calls;
pub mod choices;
#[cfg(feature = "script")]
pub mod commands;
pub mod dumps;
#[cfg(feature = "compat")]
pub mod engines;
pub mod formats;
pub mod machine;
pub mod patterns;
pub mod programs;
pub mod reference;
#[cfg(feature = "compat")]
pub mod routes;
pub mod sources;
