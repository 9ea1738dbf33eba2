// jsdom hides TextEncoder and TextDecoder: without them the Wasm cannot be asked, and nothing else may fail.
const { createAtlas } = require("@clickeen/atlas");

test("importing works, and every lookup is internal_error", async () => {
  expect(typeof TextEncoder).toBe("undefined");
  const atlas = createAtlas({ client: { getAll: async () => ({}) }, log: () => {} });
  for (let lookup = 0; lookup < 2; lookup += 1) {
    const { reason, value } = await atlas.resolve({ widgetType: "content.faq" }, async () => "from Paris");
    expect([reason, value]).toEqual(["internal_error", "from Paris"]);
  }
});
