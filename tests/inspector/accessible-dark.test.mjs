// Every view in dark colours: see accessible.mjs.
import { testAccessibility } from "./accessible.mjs";

testAccessibility("dark");
