// The scenarios, played inside Jest. Jest gives every test file globals of another realm than the SDK's values.
const { EXPECTED, WITHOUT_ED25519 } = require("../expected.mjs");
const { play } = require("../scenario/index.mjs");

const sdks = {
  "@vercel/edge-config": require("@vercel/edge-config").createClient,
  "@vercel/global-config": require("@vercel/global-config").createClient,
};

/** The only place of the matrix without WebCrypto. */
const isJsdom = typeof document !== "undefined";

test("every row is decided as the table says", async () => {
  const tables = await play({ atlas: require("@clickeen/atlas"), sdks, control: process.env.ATLAS_CONTROL });
  expect(globalThis.crypto?.subtle === undefined).toBe(isJsdom);
  const expected = isJsdom ? WITHOUT_ED25519 : EXPECTED;
  expect(JSON.parse(JSON.stringify(tables))).toEqual({ "@vercel/edge-config": expected, "@vercel/global-config": expected });
}, 120_000);
