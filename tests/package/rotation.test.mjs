// SECURITY.md's runbooks for keys, from end to end: the real job signs, and the packed package reads over HTTP. Whoever is
// deployed at a step is asked all through it, warm and cold, and none ever falls back; in another order somebody does.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { World, installed } from "./rotation.mjs";

const FIRST = "FAQ Classic Light";
/** A lookup of each reader: the warm one, and one that has just started. */
const both = (name) => [name, name];

let packages;
before(async () => (packages = await installed()));
after(() => packages?.remove());

/** A store that the job has signed with the old key, and readers that have it. */
async function opened(t) {
  const world = await World.start(packages);
  t.after(() => world.end());
  await world.sync({ signing: ["old"] });
  world.deploy("old");
  assert.deepEqual(await world.served(), { old: both(FIRST) });
  return world;
}

test("in time: signed by both, readers with both, signed by the new one, readers with the new one", async (t) => {
  const world = await opened(t);
  const { old, new: next } = world.ids;

  // 1. Sign with both.
  const first = await world.sync({ signing: ["old", "new"] });
  assert.deepEqual([first.outcome, first.version, [...first.signedBy].sort()], ["heartbeat", 1, [old, next].sort()]);
  assert.deepEqual(await world.served(), { old: both(FIRST) });
  assert.deepEqual([await world.verify("old"), await world.verify("new")], [0, 0]);

  // 2. Deploy readers with both public keys; for a while both generations run.
  world.deploy("old", "new");
  assert.deepEqual(await world.served(), { old: both(FIRST), "old+new": both(FIRST) });
  // Meanwhile Michael changes, a backup is restored and released, and the snapshot is renewed.
  await world.rename("second");
  assert.equal((await world.sync({ signing: ["old", "new"] })).outcome, "published");
  assert.deepEqual(await world.served(), { old: both("second"), "old+new": both("second") });
  const restored = await world.ask("restore", { signing: ["old", "new"] });
  assert.deepEqual([restored.version, [...restored.signedBy].sort()], [3, [old, next].sort()]);
  assert.deepEqual(await world.served(), { old: both(FIRST), "old+new": both(FIRST) });
  const renewed = await world.sync({ signing: ["old", "new"], more: ["--heartbeat", "0s"] });
  assert.deepEqual([renewed.outcome, renewed.signedBy.length], ["held", 2]);
  assert.deepEqual(await world.served(), { old: both(FIRST), "old+new": both(FIRST) });
  await world.retire("old");

  // 3. Sign with the new one only: the hold, which both have signed, stands.
  const third = await world.sync({ signing: ["new"] });
  assert.deepEqual([third.outcome, third.version, third.signedBy], ["held", 3, [next]]);
  assert.deepEqual(await world.served(), { "old+new": both(FIRST) });
  const released = await world.ask("release", { signing: ["new"] });
  assert.deepEqual([released.outcome, released.signedBy], ["published", [next]]);
  assert.deepEqual(await world.served(), { "old+new": both(FIRST) });
  assert.notEqual(await world.verify("old"), 0);

  // 4. Deploy readers with the new public key only.
  world.deploy("new");
  assert.deepEqual(await world.served(), { "old+new": both(FIRST), new: both(FIRST) });
  await world.retire("old", "new");
  assert.equal((await world.sync({ signing: ["new"] })).outcome, "published");
  const heartbeat = await world.sync({ signing: ["new"], more: ["--heartbeat", "0s"] });
  assert.deepEqual([heartbeat.outcome, heartbeat.signedBy], ["heartbeat", [next]]);
  assert.deepEqual(await world.served(), { new: both("second") });

  assert.deepEqual(world.fallbacks(), []);
  t.diagnostic(`${world.lookups()} lookups`);
});

/** The steps of the runbook, each as it is in it. */
const STEPS = {
  "sign with both": (world) => world.sync({ signing: ["old", "new"] }),
  "readers with both": async (world) => {
    world.deploy("old", "new");
    await world.served();
    await world.retire("old");
  },
  "sign with the new one": (world) => world.sync({ signing: ["new"] }),
  "readers with the new one": (world) => world.deploy("new"),
};

/** Orders in which a step comes too early, and who falls back then. */
const WRONG = [
  [["sign with the new one"], "old"],
  [["sign with both", "sign with the new one"], "old"],
  [["readers with the new one"], "new"],
  [["readers with both", "readers with the new one"], "new"],
];

for (const [steps, generation] of WRONG) {
  test(`in a wrong order, ${steps.join(", then ")}: the readers with ${generation} fall back`, async (t) => {
    const world = await opened(t);
    for (const step of steps.slice(0, -1)) await STEPS[step](world);
    await world.served();
    assert.deepEqual(world.fallbacks(), [], "until then nobody does");
    await STEPS[steps.at(-1)](world);
    assert.deepEqual((await world.served())[generation], both("signature_invalid"));
    assert.deepEqual(world.fallbacks(), [`${generation}: signature_invalid`]);
  });
}

test("the steps in the runbook's order: the same code finds no fallback", async (t) => {
  const world = await opened(t);
  for (const step of Object.values(STEPS)) {
    await step(world);
    await world.served();
  }
  assert.deepEqual(world.fallbacks(), []);
});

/** A restored snapshot is held, signed with the old key, which nobody has any more. */
async function held(t) {
  const world = await opened(t);
  await world.rename("second");
  await world.sync({ signing: ["old"] });
  await world.ask("restore", { signing: ["old"] });
  assert.deepEqual(await world.served(), { old: both(FIRST) });
  return world;
}

test("a lost key: readers with both first, then signed with the new one, then readers with the new one", async (t) => {
  const world = await held(t);
  world.deploy("old", "new");
  assert.deepEqual(await world.served(), { old: both(FIRST), "old+new": both(FIRST) });
  await world.retire("old");
  const report = await world.sync({ signing: ["new"], trusted: ["old"] });
  assert.deepEqual([report.outcome, report.signedBy], ["held", [world.ids.new]]);
  assert.deepEqual(await world.served(), { "old+new": both(FIRST) });
  // From then on the new key alone carries the hold on.
  assert.equal((await world.sync({ signing: ["new"] })).outcome, "held");
  world.deploy("new");
  await world.retire("old", "new");
  assert.deepEqual(await world.served(), { new: both(FIRST) });
  assert.deepEqual(world.fallbacks(), []);
});

test("a lost key, without its public half: the hold is ignored, and no reader falls back", async (t) => {
  const world = await held(t);
  world.deploy("old", "new");
  await world.retire("old");
  assert.equal((await world.sync({ signing: ["new"] })).outcome, "published");
  assert.deepEqual(await world.served(), { "old+new": both("second") });
  assert.deepEqual(world.fallbacks(), []);
});

test("a lost key, signed with the new one before readers have it: they fall back", async (t) => {
  const world = await held(t);
  await world.sync({ signing: ["new"], trusted: ["old"] });
  assert.deepEqual(await world.served(), { old: both("signature_invalid") });
  assert.deepEqual(world.fallbacks(), ["old: signature_invalid"]);
});

/** The thief has the write token and the old key, and publishes what he likes. */
async function forges(world, name) {
  await world.rename(name);
  return world.sync({ signing: ["old"] });
}

test("a leaked key: signed with both, readers with the new one, signed with the new one", async (t) => {
  const world = await opened(t);
  await world.sync({ signing: ["old", "new"] });
  world.deploy("new");
  assert.deepEqual(await world.served(), { old: both(FIRST), new: both(FIRST) });
  await world.retire("old");
  assert.deepEqual((await world.sync({ signing: ["new"] })).signedBy, [world.ids.new]);
  assert.deepEqual(await world.served(), { new: both(FIRST) });
  assert.deepEqual(world.fallbacks(), [], "no reader of any generation has fallen back");

  // The thief: readers ask Paris, and serve nothing of his.
  await forges(world, "forged");
  assert.deepEqual(await world.served(), { new: both("signature_invalid") });
  assert.notEqual(await world.verify("new"), 0);
  // The next run of the job puts that right.
  await world.rename("right");
  await world.sync({ signing: ["new"] });
  assert.deepEqual(await world.served(), { new: both("right") });
  assert.deepEqual([await world.verify("new"), world.everServed().has("forged")], [0, false]);
  assert.deepEqual(world.fallbacks(), ["new: signature_invalid"]);
});

test("a leaked key that readers still have: what the thief signs is served", async (t) => {
  const world = await opened(t);
  world.deploy("old", "new");
  await world.sync({ signing: ["old", "new"] });
  await forges(world, "forged");
  assert.deepEqual(await world.served(), { old: both("forged"), "old+new": both("forged") });
});
