// A registry on loopback that holds the tarballs of dist/ and nothing else, so that npm installs them as it would those of
// any registry: by name, with the platforms' packages as optional dependencies of which it takes the one that fits.
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";

import { DIST } from "../../scripts/lib/release.mjs";
import { run } from "../../scripts/lib/run.mjs";

/** @returns {Promise<{ url: string, asked: string[], close(): Promise<void> }>} `asked`: the paths of all requests */
export async function startRegistry() {
  const packed = new Map();
  for (const { manifest, file, bytes } of await tarballs()) packed.set(manifest.name, { manifest, file, bytes });
  const asked = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url.slice(1));
    asked.push(path);
    const tarball = [...packed.values()].find(({ file }) => path === `tarballs/${file}`);
    if (tarball) return response.end(tarball.bytes);
    const found = packed.get(path);
    response.setHeader("content-type", "application/json");
    if (found) return response.end(JSON.stringify(packument(found, url)));
    response.statusCode = 404;
    return response.end('{"error":"not found"}');
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${server.address().port}`;
  const close = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return { url, asked, close };
}

/** The packages of dist/, each with its manifest. */
export async function tarballs() {
  const files = (await readdir(DIST)).filter((file) => file.endsWith(".tgz"));
  return Promise.all(
    files.map(async (file) => ({
      file,
      path: join(DIST, file),
      bytes: await readFile(join(DIST, file)),
      manifest: JSON.parse(await run("tar", ["-xOzf", join(DIST, file), "package/package.json"])),
    })),
  );
}

function packument({ manifest, file, bytes }, url) {
  const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  const dist = { tarball: `${url}/tarballs/${file}`, integrity };
  const { name, version } = manifest;
  return { name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } };
}
