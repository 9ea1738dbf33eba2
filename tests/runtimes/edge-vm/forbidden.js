import * as atlas from "@clickeen/atlas";
import { playForbidden } from "../scenario/forbidden.mjs";

globalThis.played = playForbidden(atlas).then(JSON.stringify);
