//! Compiles the variadic functions, and has every program of ours show its host functions to what it loads.

fn main() {
    println!("cargo:rerun-if-changed=shim/variadic.c");
    cc::Build::new()
        .file("shim/variadic.c")
        .warnings_into_errors(true)
        .compile("callpark_standin_variadic");
    println!("cargo:rustc-link-arg-bins=-rdynamic");
    println!("cargo:rustc-link-arg-tests=-rdynamic");
}
