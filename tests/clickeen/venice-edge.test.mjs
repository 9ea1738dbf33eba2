// Venice on the edge runtime: `middleware.ts` and an edge route.
import { testVenice } from "./support/venice.mjs";

testVenice({ app: "venice-edge", decides: "middleware" });
