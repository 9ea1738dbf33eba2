// Which paths lead out of the project, and which only look like it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { pathsOutside } from "./outside.mjs";

const HELD = new Set(["scripts/lib", "tests/fixtures", "tests/sdk", "src", "benches"]);
const found = (file, text) => pathsOutside(file, text, (path) => HELD.has(path)).map(({ path }) => path);

// Spelled in parts, or this file would be refused itself.
const UP = ".." + "/";

test("a path beside the project is refused, however it is spelled", () => {
  const cases = [
    ["tests/golden.rs", `Path::new(env!("CARGO_MANIFEST_DIR")).join("${UP}shared/data/store.json")`],
    ["tests/golden.rs", `Path::new(env!("CARGO_MANIFEST_DIR")).join("${UP}shared")`],
    ["tests/cli/golden.rs", `repository("${UP}shared/data")`],
    ["tests/cli/golden.rs", `include_str!("${UP}${UP}${UP}shared/store.json")`],
    ["tests/sdk/a.test.mjs", `readFile("${UP}shared/data/store.json")`],
    ["package.json", `"test": "node ${UP}tools/test.mjs"`],
    ["tests/sdk/a.test.mjs", `join(ROOT, "${".."}", "shared")`],
    ["README.md", `[the design](${UP}DESIGN.md)`],
    ["scripts/lib/a.mjs", `const data = "/${"work"}/shared/data";`],
    ["scripts/lib/a.mjs", `const data = "/${"home"}/me/atlas";`],
  ];
  for (const [file, text] of cases) assert.equal(found(file, text).length, 1, `${file}: ${text}`);
});

test("a path inside the project, and text that is none, are not", () => {
  const cases = [
    ["tests/sdk/a.test.mjs", `import { run } from "${UP}${UP}scripts/lib/run.mjs";`.replace("scripts/lib", "src")],
    ["tests/snapshots/fixture.rs", `include_str!(concat!("${UP}fixtures/snapshots/", $name))`],
    ["tests/snapshots/fixture.rs", `include_str!("${UP}${UP}pkg/index.js")`],
    ["scripts/lib/paths.mjs", `fileURLToPath(new URL("${UP}..", import.meta.url))`],
    ["src/sync/net/http.rs", `("https://a/b", "${UP}b", "https://a/b")`],
    ["src/dev/read.rs", `get("/${UP}${UP}${UP}${UP}etc/passwd")`],
    ["src/dev/read.rs", `// one, two, ... and "https://example.com/${"work"}/x"`],
  ];
  for (const [file, text] of cases) assert.deepEqual(found(file, text), [], `${file}: ${text}`);
});

test("the line is named", () => {
  assert.deepEqual(pathsOutside("a.md", `one\n${UP}b`, () => false), [{ line: 2, path: `${UP}b` }]);
});
