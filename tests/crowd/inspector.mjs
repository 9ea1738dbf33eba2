// An isolate of workerd asked through its inspector (the Chrome DevTools Protocol): collect the garbage, tell the heap.
import { fetch } from "miniflare";

import { until } from "../../scripts/lib/until.mjs";

export class Inspector {
  #socket;
  #next = 0;
  #waiting = new Map();

  /** Connects to the one worker behind an inspector's address. */
  static async connect(url) {
    const base = new URL(url);
    base.protocol = "http:";
    const targets = await (await fetch(new URL("/json", base))).json();
    const address = new URL(targets.find(({ id }) => id.startsWith("core:user:")).webSocketDebuggerUrl);
    address.protocol = "http:";
    const { webSocket } = await fetch(address, { headers: { Upgrade: "websocket" } });
    if (!webSocket) throw new Error(`no inspector at ${address}`);
    return new Inspector(webSocket);
  }

  constructor(socket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const { id, result, error } = JSON.parse(data);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiting?.reject(new Error(error.message));
      else waiting?.resolve(result);
    });
    socket.accept();
  }

  /** Bytes of the heap, and of what it holds outside (Wasm memory too), after a collection. `wake` asks the worker anything. */
  async usedBytes(wake) {
    for (let i = 0; i < 3; i += 1) await this.#collect(wake);
    const { usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 } = await this.#call("Runtime.getHeapUsage");
    return usedSize + embedderHeapUsedSize + backingStorageSize;
  }

  /** Collects the garbage: workerd does so once the worker has a request to answer. */
  async #collect(wake) {
    let done = false;
    void this.#call("HeapProfiler.collectGarbage").then(() => (done = true));
    await until("garbage collection", async () => {
      await wake();
      return done;
    });
  }

  close() {
    this.#socket.close();
  }

  #call(method) {
    const id = (this.#next += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method }));
    });
  }
}
