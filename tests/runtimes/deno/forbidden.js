import * as atlas from "@clickeen/atlas";
import { AtlasMonitor } from "@clickeen/atlas/monitor";
import { playForbidden } from "../scenario/forbidden.mjs";

new AtlasMonitor().observe({});
console.log(JSON.stringify(await playForbidden(atlas)));
