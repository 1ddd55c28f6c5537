//! The built desk is embedded, so a new build of it must rebuild this crate. It may be missing: the program then says how to
//! build it instead of showing it.

fn main() {
    println!("cargo:rerun-if-changed=../../../ui/dist");
}
