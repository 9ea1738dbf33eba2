// The scenarios, played inside Jest. Jest gives every test file globals of another realm than the SDK's values.
const { EXPECTED } = require("../expected.mjs");
const { play } = require("../scenario/index.mjs");

const sdks = {
  "@vercel/edge-config": require("@vercel/edge-config").createClient,
  "@vercel/global-config": require("@vercel/global-config").createClient,
};

test("every row is decided as the table says", async () => {
  const tables = await play({ atlas: require("@clickeen/atlas"), sdks, control: process.env.ATLAS_CONTROL });
  expect(JSON.parse(JSON.stringify(tables))).toEqual({ "@vercel/edge-config": EXPECTED, "@vercel/global-config": EXPECTED });
}, 120_000);
