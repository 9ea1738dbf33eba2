// What is released of the writing side, in dist/: the npm packages of `atlas-sync` as tarballs, what they are made of
// (CycloneDX), the checksums of it all, and the folder that the container image is built from.
import { createHash } from "node:crypto";
import { chmod, copyFile, cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { pathToFileURL } from "node:url";

import { PLATFORMS, binaryOf, buildBinaries } from "./binaries.mjs";
import { ROOT, TOOLS } from "./paths.mjs";
import { step } from "./progress.mjs";
import { run } from "./run.mjs";
import { hashOf, modulesOf, unlessUnchanged } from "./stamp.mjs";

export const DIST = join(ROOT, "dist");
const TEMPLATE = join(ROOT, "pkg-template", "sync");
/** The packages as folders, before they are packed. */
const STAGE = join(ROOT, "target", "release-packages");
const MAIN = "@clickeen/atlas-sync";

/** Builds the binaries, and all that is made of them. */
export async function buildRelease() {
  await step(`atlas-sync for ${PLATFORMS.map(({ name }) => name).join(" and ")}`, buildBinaries);
  const modules = await modulesOf(import.meta.filename);
  const sources = [...PLATFORMS.map(binaryOf), TEMPLATE, join(ROOT, "Cargo.toml"), join(ROOT, "Cargo.lock"), ...modules];
  return unlessUnchanged({ stamp: join(DIST, ".built"), inputs: await hashOf(sources), work: release });
}

export async function release() {
  await rm(DIST, { recursive: true, force: true });
  await rm(STAGE, { recursive: true, force: true });
  await mkdir(DIST);
  const version = await crateVersion();
  for (const platform of PLATFORMS) await pack(await stagePlatform(platform, version));
  const main = await stageMain(version);
  await pack(main);
  await step("what the binaries are made of", describeBinaries);
  await writeFile(join(DIST, "atlas-sync.npm.cdx.json"), await describePackages(main));
  await layOutImage();
  await writeFile(join(DIST, "SHA256SUMS"), await checksums());
}

/** Packs the package that one installs, without the binaries of the platforms, and gives the tarball's path. */
export async function packCommand(destination) {
  const version = await crateVersion();
  await pack(await stageMain(version), destination);
  return join(destination, `clickeen-atlas-sync-${version}.tgz`);
}

async function crateVersion() {
  const metadata = await run("cargo", ["metadata", "--no-deps", "--format-version", "1"]);
  return JSON.parse(metadata).packages[0].version;
}

/** The package of one platform: its binary alone. npm passes over a package whose `os` and `cpu` are another's. */
async function stagePlatform({ name, cpu, ...platform }, version) {
  const folder = join(STAGE, name);
  const manifest = {
    name: `${MAIN}-${name}`,
    version,
    description: `The binary of ${MAIN} for ${name}; install that package, not this one`,
    license: "UNLICENSED",
    private: true,
    type: "commonjs",
    os: ["linux"],
    cpu: [cpu],
    files: ["bin/atlas-sync"],
    // Yarn: a program inside an archive cannot be run.
    preferUnplugged: true,
  };
  await mkdir(join(folder, "bin"), { recursive: true });
  await copyFile(binaryOf(platform), join(folder, "bin", "atlas-sync"));
  await chmod(join(folder, "bin", "atlas-sync"), 0o755);
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFile(join(folder, "README.md"), `# ${manifest.name}\n\n${manifest.description}.\n`);
  return folder;
}

/** The package that one installs: the command and the API, with each platform's package as an optional dependency. */
async function stageMain(version) {
  // Not at the top: the setup, which installs it, reads this file too.
  const { build } = await import("esbuild");
  const folder = join(STAGE, "atlas-sync");
  await cp(TEMPLATE, folder, { recursive: true });
  await chmod(join(folder, "bin.js"), 0o755);
  const manifest = JSON.parse(await readFile(join(TEMPLATE, "package.json"), "utf8"));
  const optionalDependencies = Object.fromEntries(PLATFORMS.map(({ name }) => [`${MAIN}-${name}`, version]));
  await writeFile(join(folder, "package.json"), `${JSON.stringify({ ...manifest, version, optionalDependencies }, null, 2)}\n`);
  await build({
    entryPoints: [join(folder, "index.js")],
    outfile: join(folder, "index.cjs"),
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    external: ["./binary.cjs"],
    logLevel: "warning",
  });
  await copyFile(join(folder, "index.d.ts"), join(folder, "index.d.cts"));
  return folder;
}

async function pack(folder, destination = DIST) {
  await run("npm", ["pack", "--pack-destination", destination], { cwd: folder });
}

/** What each binary is compiled from: every crate, as `cargo cyclonedx` lists them. */
async function describeBinaries() {
  for (const { name, target } of PLATFORMS) {
    const file = `atlas-sync.${name}.cdx`;
    const options = ["--format", "json", "--spec-version", "1.5", "--target", target, "--no-build-deps"];
    await run(join(TOOLS, "bin", "cargo-cyclonedx"), ["cyclonedx", ...options, "--override-filename", file]);
    // It writes beside Cargo.toml, and names the folder.
    const text = await readFile(join(ROOT, `${file}.json`), "utf8");
    await rm(join(ROOT, `${file}.json`));
    await writeFile(join(DIST, `${file}.json`), text.replaceAll(pathToFileURL(ROOT).href.replace(/\/$/, ""), "file://."));
  }
}

/** The npm packages, as `npm sbom` lists them: the one that is installed, with the platforms' below it. */
async function describePackages(main) {
  const modules = join(main, "node_modules", "@clickeen");
  await mkdir(modules, { recursive: true });
  for (const { name } of PLATFORMS) await cp(join(STAGE, name), join(modules, `atlas-sync-${name}`), { recursive: true });
  const text = await run("npm", ["sbom", "--sbom-format", "cyclonedx", "--sbom-type", "application"], { cwd: main });
  await rm(join(main, "node_modules"), { recursive: true });
  return `${text}\n`;
}

/** The image's context. Its roots are Mozilla's, as Node carries them: this machine's own may hold more than those. */
async function layOutImage() {
  for (const platform of PLATFORMS) {
    const folder = join(DIST, "image", platform.image);
    await mkdir(folder, { recursive: true });
    await copyFile(binaryOf(platform), join(folder, "atlas-sync"));
    await chmod(join(folder, "atlas-sync"), 0o755);
  }
  await writeFile(join(DIST, "image", "ca-certificates.crt"), `${rootCertificates.join("\n")}\n`);
}

/** As `sha256sum` writes them and `sha256sum --check` reads them. */
async function checksums() {
  const names = (await readdir(DIST)).filter((name) => /\.(tgz|json)$/.test(name)).sort();
  const lines = names.map(async (name) => `${createHash("sha256").update(await readFile(join(DIST, name))).digest("hex")}  ${name}\n`);
  return (await Promise.all(lines)).join("");
}
