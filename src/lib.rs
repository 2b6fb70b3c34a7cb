//! mod_callpark
