// What is put into each runtime: the installed package and the real SDK behind a few addresses. A test starts a cold
// reader, looks up (each lookup in a request of its own), moves the clock, and asks what was logged and read.
import { createAtlas } from "@clickeen/atlas";
import { createClient } from "@vercel/edge-config";

/** Atlas's own time-out, as it is unless an option says otherwise. */
const LONGEST_WAIT_MS = 50;

/** The first of what nobody handled. */
const rejections = [];
let atlas;
let ahead;
let events;
let reads;
let timers;
/** Real milliseconds for one of a lookup's: a busy machine must make no time-outs where time is not the subject. */
let slack;
const BUSY_MACHINE = 2_000;

const noteRejection = (reason) => {
  if (rejections.length < 3) rejections.push(String(reason?.message ?? reason));
};
if (typeof process === "object" && typeof process.on === "function" && globalThis.navigator?.userAgent !== "Cloudflare-Workers") {
  process.on("unhandledRejection", noteRejection);
} else {
  addEventListener("unhandledrejection", ({ reason }) => noteRejection(reason));
}

// Every wait that a lookup begins, in milliseconds: one that waits for nothing begins none. Longer ones are others'.
const { setTimeout: realSetTimeout } = globalThis;
const watchedSetTimeout = (run, ms, ...rest) => {
  if (ms > LONGEST_WAIT_MS) return realSetTimeout(run, ms, ...rest);
  timers.push(ms);
  return realSetTimeout(run, ms * slack, ...rest);
};

const routes = {
  /** A cold reader; its clock stands at `now` until it is moved, or a read has taken `readMs`. */
  start({ connection, sdk, now, readMs = 0, ...options }) {
    [ahead, events, reads, timers, slack] = [0, [], 0, [], BUSY_MACHINE];
    globalThis.setTimeout = watchedSetTimeout;
    const client = createClient(connection, sdk);
    const counting = {
      async getAll(keys) {
        reads += 1;
        const items = await client.getAll(keys);
        ahead += readMs;
        return items;
      },
    };
    atlas = createAtlas({ client: counting, now: () => now + ahead, log: (event) => events.push(event), ...options });
    return {};
  },

  async lookup({ request }) {
    const began = performance.now();
    const decision = await atlas.lookup(request);
    return { decision, ms: performance.now() - began };
  },

  /** Many lookups at once, within one request. */
  async crowd({ request, lookups }) {
    return Promise.all(Array.from({ length: lookups }, () => atlas.lookup(request)));
  },

  nothing: () => ({}),

  advance({ ms }) {
    ahead += ms;
    return {};
  },

  /** From now on a lookup's milliseconds are real ones. */
  realTime() {
    slack = 1;
    return {};
  },

  /** What was logged, read and waited for since the last call. */
  state() {
    const state = { events, reads, timers, rejections, health: atlas.health() };
    [events, reads, timers] = [[], 0, []];
    return state;
  },
};

export default {
  async fetch(request) {
    const route = new URL(request.url).pathname.slice(1);
    return Response.json(await routes[route](await request.json()));
  },
};
