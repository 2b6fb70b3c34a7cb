// Yours to change, and kept when the panel is installed again.

/** Where mod_verto listens, such as `wss://pbx.example.com:8082`. Empty: where this page comes from. */
export const SERVER = '';
