// Vitest itself needs Wasm, so it is forbidden to the test alone.
import { expect, test, vi } from "vitest";

import { FORBIDDEN } from "../expected.mjs";
import { playForbidden } from "../scenario/forbidden.mjs";

test("importing works without Wasm, and every lookup is internal_error", async () => {
  vi.stubGlobal("WebAssembly", undefined);
  expect(await playForbidden(await import("@clickeen/atlas"))).toEqual(FORBIDDEN);
});
