// Venice on Node: `proxy.ts` and a route, with `cacheComponents`.
import { testVenice } from "./support/venice.mjs";

testVenice({ app: "venice", decides: "proxy" });
