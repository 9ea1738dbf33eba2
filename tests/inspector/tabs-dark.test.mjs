// The Tab key in dark colours: see tabs.mjs.
import { testTabs } from "./tabs.mjs";

testTabs("dark");
