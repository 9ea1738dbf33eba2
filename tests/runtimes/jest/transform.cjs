// ES modules as CommonJS, for Jest.
const { transformSync } = require("esbuild");

module.exports = { process: (source) => transformSync(source, { format: "cjs", target: "es2022" }) };
