// Nothing here is for Atlas in Node and on the edge runtime; jsdom hides what every browser has (environment-jsdom.cjs).
const environments = {
  node: "node",
  jsdom: "./environment-jsdom.cjs",
  edge: "@edge-runtime/jest-environment",
  // As it comes.
  bare: "jsdom",
  // Run without code generation.
  forbidden: "node",
};

const only = { bare: "bare", forbidden: "forbidden" };

module.exports = {
  projects: Object.entries(environments).map(([displayName, testEnvironment]) => ({
    displayName,
    testEnvironment,
    testMatch: [`<rootDir>/${only[displayName] ?? "(scenario|widget)"}.test.cjs`],
    // The scenarios are ES modules beside the project; Jest runs CommonJS.
    transform: { "\\.mjs$": "./transform.cjs" },
    moduleFileExtensions: ["cjs", "mjs", "js", "json"],
  })),
};
