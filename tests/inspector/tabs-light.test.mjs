// The Tab key in light colours: see tabs.mjs.
import { testTabs } from "./tabs.mjs";

testTabs("light");
