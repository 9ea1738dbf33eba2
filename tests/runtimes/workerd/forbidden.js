import * as atlas from "@clickeen/atlas";
import { playForbidden } from "../scenario/forbidden.mjs";

export default {
  fetch: async () => Response.json(await playForbidden(atlas)),
};
