// The publishing protocol, request by request, over a store's management API: what it answers, and what then stands.
// Only keys of its own are written, under a prefix that nobody else has, and all are removed in the end.

import { randomBytes } from "node:crypto";

/**
 * @typedef {{ api: string, id: string, token: string, teamId?: string }} Place
 * @typedef {{ step: string, status: number | number[], code: string | null, stands: Record<string, unknown> }} Seen
 */

/** What has to be so for the protocol to be safe, by step. The rest may differ, and is told. */
const MUST = {
  "a first snapshot": { done: true, stands: { manifest: 1, rev_1: 1 } },
  "the same again, as a proxy may send it": { done: false, stands: { manifest: 1, rev_1: 1 } },
  "the next version": { done: true, stands: { manifest: 2, rev_2: 2 } },
  "a late writer of the same version": { done: false, stands: { manifest: 2, rev_2: 2 } },
  "a late writer whose old marker is gone": { done: false, stands: { manifest: 2, rev_2: 2 } },
  "a refused create behind an upsert": { done: false, stands: { manifest: 2, rev_2: 2 } },
  "a heartbeat": { done: true, stands: { manifest: "2 again", rev_2: 2 } },
  "a late heartbeat of a version that is gone": { done: false, stands: { manifest: "2 again", rev_2: 2 } },
  "two writers at once": { done: "one", stands: { manifest: 3, rev_3: 3 } },
};

/**
 * Runs every step.
 *
 * @param {Place} place
 * @returns {Promise<Seen[]>}
 */
export async function probe(place) {
  const prefix = `atlas_live_${randomBytes(6).toString("hex")}_`;
  const of = (operation, name, value) => ({ operation, key: prefix + name, ...(value === undefined ? {} : { value }) });
  const marker = (version) => of("create", `rev_${version}`, version);
  const manifest = (value) => of("upsert", "manifest", value);
  const write = (...items) => ask(place, "PATCH", "items", { items });
  const stands = async () => {
    const { body } = await ask(place, "GET", "items");
    const own = body.filter(({ key }) => key.startsWith(prefix)).map(({ key, value }) => [key.slice(prefix.length), value]);
    return Object.fromEntries(own.sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  const seen = [];
  const step = async (name, ...operations) => {
    const { status, code } = await write(...operations);
    seen.push({ step: name, status, code, stands: await stands() });
  };
  try {
    await step("a first snapshot", marker(1), of("create", "manifest", 1));
    await step("the same again, as a proxy may send it", marker(1), of("create", "manifest", 1));
    await step("the next version", marker(2), of("delete", "rev_1"), manifest(2));
    await step("a late writer of the same version", marker(2), manifest("late"));
    await step("a late writer whose old marker is gone", marker(9), of("delete", "rev_1"), manifest("late"));
    await step("a refused create behind an upsert", manifest("late"), marker(2));
    await step("a heartbeat", of("update", "rev_2", 2), manifest("2 again"));
    await step("a late heartbeat of a version that is gone", of("update", "rev_1", 1), manifest("late"));
    const both = await Promise.all([1, 2].map(() => write(marker(3), of("delete", "rev_2"), manifest(3))));
    const statuses = both.map(({ status }) => status).sort();
    const code = both.find(({ status }) => status >= 300)?.code ?? null;
    seen.push({ step: "two writers at once", status: statuses, code, stands: await stands() });
    // What Atlas does not build on, and what is not known of Vercel's.
    await step("a description alone", { operation: "update", key: `${prefix}manifest`, description: "of a test" });
    await step("one key twice", manifest("first"), manifest("second"));
    await step("a key with a colon", of("upsert", "a:b", 1));
    await step("a hundred items", ...Array.from({ length: 100 }, (_, n) => of("create", `item_${n}`, n)));
  } finally {
    const left = Object.keys(await stands()).map((name) => of("delete", name));
    if (left.length > 0) await write(...left);
  }
  seen.push({ step: "all removed", status: 200, code: null, stands: await stands() });
  return seen;
}

/** What the protocol needs and did not see: a line each. */
export function unsafe(seen) {
  return Object.entries(MUST).flatMap(([step, must]) => {
    const { status, stands } = seen.find((one) => one.step === step) ?? { status: 0, stands: {} };
    const done = [status].flat().map((one) => one >= 200 && one < 300);
    const isDone = must.done === "one" ? done.filter(Boolean).length === 1 : done[0] === must.done;
    const same = JSON.stringify(stands) === JSON.stringify(must.stands);
    const found = `found status ${[status].flat().join(" and ")}, ${JSON.stringify(stands)}`;
    return isDone && same ? [] : [`${step}: expected ${must.done === "one" ? "one done" : must.done ? "done" : "not done"}, ${JSON.stringify(must.stands)}, ${found}`];
  });
}

/** What one store does otherwise than another: a line each. */
export function differences(local, other) {
  return local.flatMap((here, at) => {
    const shown = ({ status, code, stands }) => `${[status].flat().join(" and ")} ${code ?? ""} ${JSON.stringify(stands)}`;
    const there = other[at];
    return shown(here) === shown(there) ? [] : [`${here.step}: locally ${shown(here)}, there ${shown(there)}`];
  });
}

/** One request to the management API. Of an error, its code. */
export async function ask({ api, id, token, teamId }, method, path, body) {
  const team = teamId === undefined ? "" : `?teamId=${encodeURIComponent(teamId)}`;
  const response = await fetch(`${api}/v1/edge-config/${id}/${path}${team}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  const answer = text === "" ? null : JSON.parse(text);
  return { status: response.status, code: answer?.error?.code ?? null, body: answer, date: response.headers.get("date") };
}
