// Every view in light colours: see accessible.mjs.
import { testAccessibility } from "./accessible.mjs";

testAccessibility("light");
