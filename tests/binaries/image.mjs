// The container image, in two ways. A builder makes it from the Containerfile; and where there is none, or besides, the
// same instructions are followed here: the root is laid out in a folder, and the binary runs in it with `chroot`.
import { chmod, cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { PLATFORMS, binaryOf } from "../../scripts/lib/binaries.mjs";
import { ROOT, which } from "../../scripts/lib/paths.mjs";
import { DIST } from "../../scripts/lib/release.mjs";
import { attempt, run } from "../../scripts/lib/run.mjs";

const CONTAINERFILE = join(ROOT, "Containerfile");
const CONTEXT = join(DIST, "image");
/** As Node and as images call a machine. */
const MACHINES = { x64: "amd64", arm64: "arm64" };

/**
 * @typedef {{ user: string, env: string[], entrypoint: string[], cmd: string[], health: string[] }} Config
 * @typedef {{ config: Config, root: string, command(args: string[], env?: string[]): string[], end(): Promise<void> }} Image
 *   `command`: what runs the entry point with these arguments in the image, and with its environment and more
 */

/** The instructions of the Containerfile, each with its arguments. Those that are not known here are an error. */
export async function instructions() {
  const known = ["FROM", "ARG", "COPY", "ENV", "EXPOSE", "USER", "HEALTHCHECK", "STOPSIGNAL", "ENTRYPOINT", "CMD"];
  const lines = (await readFile(CONTAINERFILE, "utf8")).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const [, name, rest] = /^(\w+) (.*)$/.exec(line) ?? [];
    if (!known.includes(name)) throw new Error(`expected an instruction among ${known.join(", ")}, found ${line}`);
    return { name, rest: rest.replaceAll("${TARGETARCH}", MACHINES[process.arch]) };
  });
}

/** @returns {Promise<Image>} the image as its instructions lay it out */
export async function layOut() {
  const all = await instructions();
  const of = (wanted) => all.filter(({ name }) => name === wanted).map(({ rest }) => rest);
  const root = await mkdtemp(join(tmpdir(), "atlas-image-"));
  await chmod(root, 0o755);
  for (const copied of of("COPY")) {
    const [from, to] = copied.split(" ");
    await mkdir(join(root, dirname(to)), { recursive: true });
    await cp(join(CONTEXT, from), join(root, to));
  }
  const [user] = of("USER");
  const config = {
    user,
    env: of("ENV"),
    entrypoint: JSON.parse(of("ENTRYPOINT")[0]),
    cmd: JSON.parse(of("CMD")[0]),
    health: JSON.parse(/CMD (\[.*\])$/.exec(of("HEALTHCHECK")[0])[1]),
  };
  const command = (args, env = []) => {
    const inside = [`--userspec=${user}`, root, ...config.entrypoint, ...args];
    return ["env", "-i", `PATH=${process.env.PATH}`, ...config.env, ...env, "chroot", ...inside];
  };
  return { config, root, command, end: () => rm(root, { recursive: true }) };
}

/** Whether this machine lets a process change its root. */
export function mayChroot() {
  return process.getuid() === 0 && which("chroot") !== undefined;
}

/** A builder that can build and run an image here, or why there is none. */
export async function builder() {
  if (!which("buildah")) return { missing: "no buildah on the path" };
  const storage = await mkdtemp(join(tmpdir(), "atlas-buildah-"));
  const options = ["--root", join(storage, "root"), "--runroot", join(storage, "run"), "--storage-driver", "vfs"];
  const end = async () => {
    await attempt("buildah", [...options, "rm", "--all"]);
    await rm(storage, { recursive: true, force: true });
  };
  // Building and running take rights that this machine may not give. What is tried is not the image that is tested.
  const binary = binaryOf(PLATFORMS.find(({ cpu }) => cpu === process.arch));
  const tries = [
    ["from", "--name", "tried", "scratch"],
    ["mount", "tried"],
    ["copy", "tried", binary, "/tried"],
    ["run", "--isolation", "chroot", "tried", "--", "/tried", "--version"],
  ];
  for (const words of tries) {
    const { how, output } = await attempt("buildah", [...options, ...words]);
    if (how === 0) continue;
    await end();
    return { missing: `buildah ${words[0]} does not work here: ${output.trim().split("\n").at(-1)}` };
  }
  return { options, end };
}

/** @returns {Promise<Image>} the image as buildah builds it */
export async function build({ options, end }) {
  const buildah = (...args) => run("buildah", [...options, ...args]);
  // OCI's own format has no health check.
  await buildah("build", "--isolation", "chroot", "--format", "docker", "--file", CONTAINERFILE, "--tag", "atlas-sync", CONTEXT);
  const { config } = JSON.parse(JSON.parse(await buildah("inspect", "--type", "image", "atlas-sync")).Config);
  await buildah("from", "--name", "atlas", "atlas-sync");
  const root = (await buildah("mount", "atlas")).trim();
  const command = (args, env = []) => {
    const variables = env.flatMap((one) => ["--env", one]);
    return ["buildah", ...options, "run", "--isolation", "chroot", ...variables, "atlas", "--", ...config.Entrypoint, ...args];
  };
  const { User: user, Env: variables, Entrypoint: entrypoint, Cmd: cmd, Healthcheck } = config;
  return { config: { user, env: variables, entrypoint, cmd, health: Healthcheck.Test.slice(1) }, root, command, end };
}
