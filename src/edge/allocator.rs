//! The allocator of the instance: Talc instead of the standard library's dlmalloc, which is five times its size. It begins in
//! what the stack and the data leave of the first page of 64 KB, which is enough unless one record is larger.

#![expect(unsafe_code, reason = "whoever gives an allocator its memory vouches for it")]

use std::alloc::Layout;
use std::arch::wasm32::{memory_grow, memory_size};
use std::ptr::{NonNull, with_exposed_provenance_mut};

use talc::base::binning::Binning;
use talc::base::{CHUNK_UNIT, Talc};
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

#[global_allocator]
static ALLOCATOR: TalcSyncCell<Pages, WasmBinning> = TalcSyncCell::new_wasm(Pages { end: None });

/// The size of a page (WebAssembly Core, section 4.2.8), in bytes.
const PAGE: usize = 64 * 1024;

unsafe extern "C" {
    /// Where the linker has put the end of the stack and of the data.
    static __heap_base: u8;
}

/// The memory of the instance, from the end of the data on.
#[derive(Debug)]
struct Pages {
    /// The end of what the allocator has.
    end: Option<NonNull<u8>>,
}

// SAFETY: it allocates nothing itself.
unsafe impl Source for Pages {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        talc.source.end = match talc.source.end {
            None => {
                let base = &raw const __heap_base;
                let rest = memory_size::<0>() * PAGE - base.addr();
                // SAFETY: nobody else has the memory between the data and its end.
                unsafe { talc.claim(base.cast_mut(), rest) }
            }
            Some(end) => {
                let pages = (layout.size() + layout.align() + 2 * CHUNK_UNIT).div_ceil(PAGE);
                let before = memory_grow::<0>(pages);
                if before == usize::MAX {
                    return Err(());
                }
                // SAFETY: nobody else grows the memory, so that the new pages follow on the end.
                Some(unsafe { talc.extend(end, with_exposed_provenance_mut((before + pages) * PAGE)) })
            }
        };
        talc.source.end.map(drop).ok_or(())
    }
}
