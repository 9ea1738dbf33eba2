const { FORBIDDEN } = require("../expected.mjs");
const { playForbidden } = require("../scenario/forbidden.mjs");

test("importing works, and every lookup is internal_error", async () => {
  expect(await playForbidden(require("@clickeen/atlas"))).toEqual(FORBIDDEN);
});
