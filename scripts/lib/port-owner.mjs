// Who listens on a port of this machine, so that a message can name it. Linux alone says so without help; elsewhere, and
// for what belongs to other users, it is not known.
import { readFile, readdir, readlink } from "node:fs/promises";

/** The state of a socket that listens, as /proc/net/tcp has it. */
const LISTEN = "0A";

/** The process that listens on the port: its id and its command line; or `null` if that cannot be told. */
export async function portOwner(port) {
  try {
    const inodes = new Set((await Promise.all(["tcp", "tcp6"].map((table) => listening(table, port)))).flat());
    if (inodes.size === 0) return null;
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    for (const pid of pids) {
      if (await holds(pid, inodes)) return { pid: Number(pid), command: await commandOf(pid) };
    }
    return null;
  } catch {
    return null;
  }
}

async function listening(table, port) {
  const text = await readFile(`/proc/net/${table}`, "utf8").catch(() => "");
  const rows = text.split("\n").slice(1).map((line) => line.trim().split(/\s+/));
  const matches = ([, local, , state]) => state === LISTEN && parseInt(local.split(":")[1], 16) === port;
  return rows.filter(matches).map((row) => row[9]);
}

async function holds(pid, inodes) {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => "")));
  return links.some((link) => inodes.has(/^socket:\[(\d+)\]$/.exec(link)?.[1]));
}

async function commandOf(pid) {
  const text = await readFile(`/proc/${pid}/cmdline`, "utf8");
  return text.split("\0").join(" ").trim();
}
