// The faults that the schedule explorer must find: each a few words of the package's JavaScript or of the crate, and what
// stands in their place with the fault. `changes` are pairs of such texts in one file; each first text is there exactly once.

/** @typedef {{ fault: string, file: string, changes: [from: string, to: string][] }} Fault */

/** In the built package. @type {readonly Fault[]} */
export const IN_JAVASCRIPT = [
  // Orders of snapshots.
  {
    fault: "a hit is kept a microtask after its decision",
    file: "lib/steps.js",
    changes: [["this.#answers.hits.keep(lookup.asked, hit, step.standing, now);", "queueMicrotask(() => this.#answers.hits.keep(lookup.asked, hit, step.standing, now));"]],
  },
  {
    fault: "what is kept outlives what a read has brought",
    file: "lib/driver.js",
    changes: [['confirmedAt === undefined ? "judge" : "make"', '"make"']],
  },
  {
    fault: "what is kept is emptied before the clock is read, which may have something kept",
    file: "lib/steps.js",
    changes: [["const now = this.#now();\n    this.#answers.hits.clear();\n", "this.#answers.hits.clear();\n    const now = this.#now();\n"]],
  },
  {
    fault: "what is kept outlives what a late read has brought",
    file: "lib/driver.js",
    changes: [["this.#steps.judge(refreshFor(lookup.request), (reader", "this.#steps.make(refreshFor(lookup.request), (reader"]],
  },
  {
    fault: "any manifest confirms what is kept",
    file: "lib/hits.js",
    changes: [["!manifest.isSame(standing.manifest, true)", "!manifest"]],
  },
  {
    fault: "what is kept is refreshed although its snapshot has expired",
    file: "lib/hits.js",
    changes: [["now >= this.#until && now < standing.expiresAt;", "now >= this.#until;"], ["Math.min(startedAt + standing.refreshMs, standing.expiresAt)", "startedAt + standing.refreshMs"]],
  },
  {
    fault: "the version floor is lost with a trap",
    file: "lib/session.js",
    changes: [["moment, this.floor, this.#reads, host)", "moment, this.#options.minVersion, this.#reads, host)"]],
  },
  {
    fault: "the numbers of reads begin anew after a trap",
    file: "lib/session.js",
    changes: [["moment, this.floor, this.#reads, host)", "moment, this.floor, 0, host)"]],
  },
  {
    fault: "minVersion is no floor",
    file: "lib/session.js",
    changes: [["this.floor = options.minVersion;", "this.floor = 0;"]],
  },
  {
    fault: "the embedded snapshot's floor is lost with a trap",
    file: "lib/embedded.js",
    changes: [["if (version !== undefined) this.#session.keepAbove((this.#version = version));", "if (version !== undefined) this.#version = version;"]],
  },
  // What was served changes.
  { fault: "records are not frozen", file: "lib/freeze.js", changes: [["Object.freeze(value);", ""]] },
  {
    fault: "plan hints are not frozen",
    file: "lib/decisions.js",
    changes: [["freeze(own(plans.value.payload, asked.plan))", "own(plans.value.payload, asked.plan)"]],
  },
  // What a caller brings throws or rejects.
  {
    fault: "a log that throws fails the lookup",
    file: "lib/log.js",
    changes: [["attempt(() => this.#log(present({ ...event, suppressed, ...asker(request), elapsedMs: elapsed(since) })), () => {});", "this.#log(present({ ...event, suppressed, ...asker(request), elapsedMs: elapsed(since) }));"]],
  },
  {
    fault: "nobody handles what a callback rejects with",
    file: "lib/attempt.js",
    changes: [["typeof result.then === \"function\") result.then(undefined, failed);", "typeof result.then === \"function\") return;"]],
  },
  {
    fault: "an onDecision that throws fails the lookup",
    file: "lib/answers.js",
    changes: [["attempt(() => onDecision(decision, { request, elapsedMs: elapsed(since) }), failed);", "void failed, onDecision(decision, { request, elapsedMs: elapsed(since) });"]],
  },
  {
    fault: "a clock that throws fails the lookup",
    file: "lib/clock.js",
    changes: [["attempt(given, () => {})", "given()"]],
  },
  {
    fault: "a clock's NaN is a time",
    file: "lib/clock.js",
    changes: [["typeof now === \"number\" && Number.isFinite(now) && now >= 0 ? Math.floor(now) : Date.now()", "now"]],
  },
  {
    fault: "nobody handles what waitUntil rejects with",
    file: "lib/wait-until.js",
    changes: [["attempt(() => asked, () => {});", "void asked;"]],
  },
  {
    fault: "a waitUntil that throws fails the lookup",
    file: "lib/wait-until.js",
    changes: [["if (!this.#isBad) {", "if (error) throw error;\n      if (!this.#isBad) {"]],
  },
  {
    fault: "a body that cannot be cancelled is a rejection that nobody handles",
    file: "lib/paris.js",
    changes: [["attempt(() => value.body.locked || value.body.cancel(), () => {});", "if (value?.body) void value.body.cancel();"]],
  },
  {
    fault: "a Paris that gives no promise is an error of Atlas",
    file: "lib/paris.js",
    changes: [["const work = async () => fetchParis", "const work = () => fetchParis"]],
  },
  {
    fault: "a client that throws at once fails the lookup",
    file: "lib/read.js",
    changes: [
      ["export async function ask(", "export function ask("],
      ["const value = await client.get(manifest);\n    return value === undefined ? [] : [new Item(0, value)];", "return client.get(manifest).then((value) => (value === undefined ? [] : [new Item(0, value)]));"],
      ["return itemsOf(await client.getAll(", "return client.getAll("],
      ["([manifest, ...others])), keys);", "([manifest, ...others])).then((answer) => itemsOf(answer, keys));"],
    ],
  },
  {
    fault: "a request that throws when it is read fails the lookup",
    file: "lib/request.js",
    changes: [["} catch {\n    return {};\n  }\n}\n\n/**\n * Who asks", "} finally {\n  }\n}\n\n/**\n * Who asks"]],
  },
  {
    fault: "values without a prototype, or of another realm, are none",
    file: "lib/items.js",
    changes: [["return typeof value === \"object\" && value !== null && Object.hasOwn(value, name)", "return value instanceof Object && Object.hasOwn(value, name)"]],
  },
  // Time.
  {
    fault: "the budget goes by the wall clock",
    file: "lib/clock.js",
    changes: [["typeof performance === \"object\" ? performance.now() : Date.now()", "Date.now()"]],
  },
  {
    fault: "the budget begins anew when Paris is asked",
    file: "lib/answers.js",
    changes: [["left(this.#options.budgetMs, lookup.since)", "this.#options.budgetMs"]],
  },
  {
    fault: "a hit stays kept when the clock is set back",
    file: "lib/hits.js",
    changes: [["now >= this.#since && now < this.#until", "now < this.#until"]],
  },
  {
    fault: "a hit is kept until a read is due, however old its snapshot gets",
    file: "lib/hits.js",
    changes: [["Math.min(standing.dueAt, standing.expiresAt)", "standing.dueAt"], ["Math.min(startedAt + standing.refreshMs, standing.expiresAt)", "startedAt + standing.refreshMs"]],
  },
  // Counters, and work that is done twice.
  {
    fault: "internal_error is not counted",
    file: "lib/answers.js",
    changes: [["this.counters.fallback(reason);", "if (reason !== \"internal_error\") this.counters.fallback(reason);"]],
  },
  { fault: "last resorts are not counted", file: "lib/answers.js", changes: [["this.counters.also(\"lastResort\");", ""]] },
  { fault: "embedded hits are not counted", file: "lib/answers.js", changes: [["this.counters.also(\"embedded\");", ""]] },
  {
    fault: "bytes that were judged are verified at every read",
    file: "lib/items.js",
    changes: [["judged.#isLike(this.value) || this.written === judged.written", "false"]],
  },
  {
    fault: "a lookup waits for another's check, however long that takes",
    file: "lib/signatures.js",
    changes: [["this.#isChecking && turns < MOST_TURNS", "this.#isChecking"]],
  },
  {
    fault: "a lookup waits for the check of an embedded snapshot, however long it takes",
    file: "lib/driver.js",
    changes: [["this.#startTimer(lookup);\n    this.#embed(", "this.#embed("]],
  },
  // A cold start.
  {
    fault: "a lookup that had to wait is decided at the time at which it was made",
    file: "lib/driver.js",
    changes: [["reader.begin(asked, hasTemplate, hasPlan, behind, joins, now)", "reader.begin(asked, hasTemplate, hasPlan, behind, joins, lookup.started)"]],
  },
  {
    fault: "a cold lookup that was given up begins again",
    file: "lib/driver.js",
    changes: [["const goOn = () => lookup.isOver || this.#begin(", "const goOn = () => this.#begin("]],
  },
  {
    fault: "a reader that threw in the middle of its work is used again",
    file: "lib/session.js",
    changes: [["if (!this.#wasm.isBusy) this.drop();", ""]],
  },
  // Signatures.
  { fault: "one signature is enough", file: "lib/signatures.js", changes: [["found >= this.#required", "found >= 1"]] },
  {
    fault: "any signature under a known id is valid",
    file: "lib/signatures.js",
    changes: [["return subtle.verify(\"Ed25519\", key.key, bytesOf(signature), bytes);", "return bytes.length > 0;"]],
  },
  { fault: "a manifest without signatures is signed", file: "lib/signatures.js", changes: [["!SIGNATURE.test(signature)) return false;", "!SIGNATURE.test(signature)) return true;"]] },
  // The last resort.
  {
    fault: "a last resort is served and Paris was not asked",
    file: "lib/atlas.js",
    changes: [["const fetched = withinBudget(fetchParis, request, decision, budgetMs);", "const fetched = this.#options.lastResortMaxAgeMs > 0 ? Promise.reject(new Error(\"nobody asked\")) : withinBudget(fetchParis, request, decision, budgetMs);"]],
  },
  {
    fault: "a last resort is served beside what Paris gave",
    file: "lib/atlas.js",
    changes: [["(value) => resolve({ ...decision, value }),", "(value) => this.#lastResort(lookup, decision.reason, value, resolve, () => resolve({ ...decision, value })),"]],
  },
  {
    fault: "a last resort may be of any age",
    file: "lib/driver.js",
    changes: [["reader.lastResort(asked, maxAgeMs, now)", "reader.lastResort(asked, Number.MAX_SAFE_INTEGER, now)"]],
  },
  {
    fault: "a last resort has the plan's own hints",
    file: "lib/decisions.js",
    changes: [["updatedAt, ageMs, template, schema, hints: failClosedHints };", "updatedAt, ageMs, template, schema, hints: { ...failClosedHints, features: { premium: true } } };"]],
  },
];

/** In the crate. @type {readonly Fault[]} */
export const IN_RUST = [
  {
    fault: "the version floor rises with what was merely verified",
    file: "src/domain/read/reader.rs",
    changes: [["self.memo = Some(found);", "self.floor = self.floor.max(found.manifest.version());\n        self.memo = Some(found);"]],
  },
  {
    fault: "the version floor does not rise with what was served",
    file: "src/domain/read/reader.rs",
    changes: [["self.floor = self.floor.max(version);\n", "let _ = version;\n"]],
  },
  {
    fault: "an embedded snapshot that is refused is a floor",
    file: "src/domain/read/embedded.rs",
    changes: [["self.judge(&ticket, items).and_then(|found| self.admitted(found));", "self.judge(&ticket, items);"]],
  },
  {
    fault: "the embedded snapshot is no floor",
    file: "src/domain/read/embedded.rs",
    changes: [["Ok(version) => self.floor = self.floor.max(version),", "Ok(_) => {}"]],
  },
  {
    fault: "the version floor does not rise with a last resort",
    file: "src/domain/read/embedded.rs",
    changes: [["self.floor = self.floor.max(memo.manifest.version());\n", ""]],
  },
  {
    fault: "a manifest that is not signed is admitted",
    file: "src/domain/decide/decision.rs",
    changes: [["if self.signed {", "if false && self.signed {"]],
  },
  {
    fault: "a manifest from the future is fresh",
    file: "src/domain/decide/decision.rs",
    changes: [["Freshness::Fresh => return Ok(()),", "Freshness::Fresh | Freshness::Skewed { .. } => return Ok(()),"]],
  },
  {
    fault: "an expired manifest is fresh",
    file: "src/domain/decide/decision.rs",
    changes: [["Freshness::Fresh => return Ok(()),", "Freshness::Fresh | Freshness::Expired { .. } => return Ok(()),"]],
  },
  {
    fault: "a hit stands until a read is due, however old its snapshot gets",
    file: "src/domain/read/reader.rs",
    changes: [["expires_at: memo.manifest.checked_at().plus(self.options.max_age_ms).plus(1),", "expires_at: memo.manifest.checked_at().plus(u64::MAX >> 20),"]],
  },
  {
    fault: "a manifest confirms what is kept while the breaker counts failures",
    file: "src/domain/read/reader.rs",
    changes: [["(is_whole && self.breaker.is_calm() && !was_set_back)", "(is_whole && !was_set_back)"]],
  },
  {
    fault: "a clock that is set back delays the refresh",
    file: "src/domain/read/reader.rs",
    changes: [["now.distance(memo.read_at) >= self.options.refresh_ms", "now.elapsed_since(memo.read_at) >= self.options.refresh_ms"]],
  },
  {
    fault: "an entry need not be the one that the manifest names",
    file: "src/domain/verify/verifier.rs",
    changes: [["if *expected != summary {", "if false && *expected != summary {"]],
  },
  {
    fault: "a checksum need not be that of what it stands beside",
    file: "src/domain/format/envelope.rs",
    changes: [["if computed != stated {", "if false && computed != stated {"]],
  },
];
