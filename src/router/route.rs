//! Routes: which implementation runs an opcode, and which one is checked against the other.
//!
//! Invariant: EXTRAARG is a part of SETLIST, and always has its route.

use std::fmt;
use std::str::FromStr;

use crate::bytecode::OpCode;

/// Which implementation runs an opcode. The order is that of the migration's ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[repr(u8)]
pub enum Route {
    /// The old handler.
    Legacy,
    /// The old handler answers; the core is checked against it.
    Shadow,
    /// The core answers; the old handler is checked against it.
    ShadowCore,
    /// The core.
    #[default]
    Core,
}

impl Route {
    /// Every route, from the old implementation to the new one.
    pub const ALL: [Route; 4] = [Route::Legacy, Route::Shadow, Route::ShadowCore, Route::Core];

    /// Its name, which [`str::parse`] reads.
    pub fn name(self) -> &'static str {
        match self {
            Route::Legacy => "legacy",
            Route::Shadow => "shadow",
            Route::ShadowCore => "shadow-core",
            Route::Core => "core",
        }
    }

    /// Whether both implementations run and are compared.
    pub fn is_shadow(self) -> bool {
        matches!(self, Route::Shadow | Route::ShadowCore)
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// There is no route of that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseRouteError(String);

impl fmt::Display for ParseRouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown route {:?} (routes are legacy, shadow, shadow-core and core)", self.0)
    }
}

impl std::error::Error for ParseRouteError {}

impl FromStr for Route {
    type Err = ParseRouteError;

    /// Reads a name, in letters of any case.
    fn from_str(text: &str) -> Result<Route, ParseRouteError> {
        let named = Route::ALL.into_iter().find(|route| route.name().eq_ignore_ascii_case(text));
        named.ok_or_else(|| ParseRouteError(text.to_owned()))
    }
}

/// A route for each opcode: what a function is lowered by. The default has all on the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Routes([Route; OpCode::ALL.len()]);

impl Default for Routes {
    fn default() -> Routes {
        Routes::uniform(Route::Core)
    }
}

impl Routes {
    /// The same route for each opcode.
    pub fn uniform(route: Route) -> Routes {
        Routes([route; OpCode::ALL.len()])
    }

    /// An opcode's route. EXTRAARG has that of SETLIST.
    pub fn of(&self, opcode: OpCode) -> Route {
        self.0[opcode as usize]
    }

    /// Changes an opcode's route. To change EXTRAARG or SETLIST is to change both.
    pub fn set(&mut self, opcode: OpCode, route: Route) {
        self.0[opcode as usize] = route;
        if matches!(opcode, OpCode::SetList | OpCode::ExtraArg) {
            self.0[OpCode::SetList as usize] = route;
            self.0[OpCode::ExtraArg as usize] = route;
        }
    }

    /// Whether lowering by these is lowering without a router.
    pub fn is_all_core(&self) -> bool {
        *self == Routes::default()
    }
}
