// Names of every kind, as they stood in the package's Wasm.
import assert from "node:assert/strict";
import { test } from "node:test";

import { moduleOf } from "./rust-names.mjs";

function areIn(module, ...names) {
  for (const name of names) assert.equal(moduleOf(name), module, name);
}

test("a function of the crate is in its module, and so is what stands inside it", () => {
  areIn("atlas::domain::decision", "atlas::domain::decision::decide::h2389ab60f0122ee2");
  areIn(
    "atlas::domain::payload",
    "atlas::domain::payload::template::{{closure}}::h15968b57656fd92b",
    "atlas::domain::payload::template::{{closure}}::{{closure}}::hdc4c2806cc0c91cb",
    "atlas::domain::payload::Records<T>::get::hd4766cf6991e90e9",
    "atlas::domain::payload::Index::of::hb999fd16eff2ba39",
  );
  areIn("atlas::edge::options", "atlas[0123456789abcdef]::edge::options::parse::{closure#0}");
});

test("an implementation is in the module of the type", () => {
  areIn(
    "atlas::domain::memo",
    "<atlas::domain::memo::Memo<V> as atlas::domain::decision::View>::entry::hc80b57f37c9c9dc1",
    "<atlas[0123456789abcdef]::domain::memo::Memo<i32> as atlas[0123456789abcdef]::domain::decision::View>::entry",
  );
  areIn("alloc::string", "<alloc[3ca501edff3f0c7c]::string::String as core[c5930c85a12de822]::any::Any>::type_id");
  areIn("core::iter", "<core::iter::adapters::map::Map<I,F> as core::iter::traits::Iterator>::next::h7452032e743810f5");
});

test("an implementation for what is built in or for any type is in the module of the trait", () => {
  areIn(
    "core::fmt",
    "<i64 as core[c5930c85a12de822]::fmt::Display>::fmt",
    "<&usize as core[c5930c85a12de822]::fmt::Debug>::fmt",
    "<&T as core::fmt::LowerHex>::fmt::hed813e60c70373e2",
    "<&dyn core[c5930c85a12de822]::fmt::Debug as core[c5930c85a12de822]::fmt::Debug>::fmt",
    "<fn(A) -> B as core::fmt::Debug>::fmt::h7452032e743810f5",
    "<[<T as core::ops::deref::Deref>::Target] as core::fmt::Debug>::fmt::h7452032e743810f5",
  );
  areIn("core::convert", "<i64 as core::convert::From<<T as core::ops::Deref>::Target>>::from::h7452032e743810f5");
  areIn("alloc::string", "<T as alloc::string::ToString>::to_string::he625b56c901aa78f");
  areIn("alloc::slice", "<T as alloc::slice::<impl [T]>::to_vec_in::ConvertVec>::to_vec::h0f5bc996849f93eb");
});

test("an implementation that names no type before itself is in the module that it was written in", () => {
  areIn("core::str", "core::str::<impl str>::parse::h44bd0ea38a65b9a1");
  areIn(
    "atlas::edge::error",
    "atlas::edge::error::<impl core::convert::From<atlas::edge::error::EdgeError> for wasm_bindgen::JsValue>::from" +
      "::h5f417ce3b5ad2b08",
  );
});

test("a method of what is built in is the core's", () => {
  areIn("core", "<char>::to_digit", "<[u8]>::starts_with");
});

test("the standard library is told by its modules, another crate as a whole", () => {
  areIn(
    "core::fmt",
    "core[c5930c85a12de822]::fmt::write",
    "<core[c5930c85a12de822]::fmt::Formatter>::pad_integral",
    "<core[c5930c85a12de822]::fmt::Formatter>::pad_integral::write_prefix",
  );
  areIn("core::slice", "core[c5930c85a12de822]::slice::copy_from_slice_impl::<u8>");
  areIn("core::ops", "core::ops::function::FnOnce::call_once{{vtable.shim}}::h2cfff09c02508853");
  areIn(
    "alloc::raw_vec",
    "<alloc[3ca501edff3f0c7c]::raw_vec::RawVecInner<_>>::reserve::do_reserve_and_handle" +
      "::<alloc[3ca501edff3f0c7c]::alloc::Global>[1]",
  );
  areIn("dlmalloc", "<dlmalloc[e24a27700634d609]::Dlmalloc<dlmalloc[e24a27700634d609]::sys::System>>::malloc");
  areIn("sha2", "sha2::sha256::compress256::h7f7ed8a4ab5cf09a");
  areIn("js_sys", "js_sys::Array::new::__wbg_new_37eb45aaf5eeb820::h3ccfe8b51cec2597 externref shim");
  areIn("__rustc", "__rustc[b7974e8690430dd9]::__rdl_realloc");
});

test("what drops a value is in the module of the value's type", () => {
  areIn("atlas::domain::key", "core::ptr::drop_in_place<atlas::domain::key::Map<js_sys::Array>>::hbd9dfa52402e4bd8");
  areIn("alloc::vec", "core::ptr::drop_in_place<alloc::vec::Vec<(alloc::boxed::Box<str>,usize)>>::ha1b14199610a6584");
  areIn("std::panicking", "core[c5930c85a12de822]::ptr::drop_in_place::<std[a543996e6e7dbf1e]::panicking::Payload>[1]");
  areIn("core::ptr", "core::ptr::drop_in_place<[f64]>::h9abc1f9d1c8ad686");
});

test("a function with a shim of wasm-bindgen around it stays in its module", () => {
  areIn("atlas::edge::console", "atlas::edge::console::write::h5f417ce3b5ad2b08 externref shim multivalue shim");
});

test("what wasm-bindgen adds is told from what the compiler adds", () => {
  areIn(
    "wasm_bindgen",
    "wasm_bindgen::convert::closures::_::invoke::h1f5aa1bf6ab8f4c2",
    "__wbindgen_malloc",
    "__externref_table_alloc",
    "Ref(String) -> Externref externref shim",
    "read externref shim multivalue shim",
  );
  areIn("compiler_builtins", "__multi3", "memcmp");
});
