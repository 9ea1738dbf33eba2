const atlas = require("@clickeen/atlas");
const { AtlasMonitor } = require("@clickeen/atlas/monitor");

new AtlasMonitor().observe({});
void import("../scenario/forbidden.mjs").then(async ({ playForbidden }) => {
  console.log(JSON.stringify(await playForbidden(atlas)));
});
