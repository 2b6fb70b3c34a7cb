//! The host's functions as the module finds them: C names and C types, a few lines each, over the switch behind them.

pub(crate) mod boundary;
mod bridge;
pub(crate) mod callback;
mod channel;
mod event;
mod frame;
pub(crate) mod json;
mod live;
mod matches;
mod media;
mod registration;
mod runtime;
mod session;
pub(crate) mod stream;
mod table;
mod xml;

pub use table::exported;

/// Defines functions of the host under their C names. Each has exactly the type that the bindings declare, or it does
/// not compile; `CALL` is its name.
macro_rules! host {
    ($($(#[$note:meta])* fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? $body:block)*) => { $(
        $(#[$note])*
        // SAFETY: the host's own name, which nothing else in this program has.
        #[unsafe(no_mangle)]
        extern "C" fn $name($($argument: $type),*) $(-> $result)? {
            #[allow(dead_code)]
            const CALL: &str = stringify!($name);
            const _: unsafe extern "C" fn($($type),*) $(-> $result)? = freeswitch_sys::$name;
            $body
        }
    )* };
}
pub(crate) use host;

/// `switch_status_t` of a yes or no.
fn status(fine: bool) -> freeswitch_sys::switch_status_t {
    if fine {
        freeswitch_sys::SWITCH_STATUS_SUCCESS
    } else {
        freeswitch_sys::SWITCH_STATUS_FALSE
    }
}
