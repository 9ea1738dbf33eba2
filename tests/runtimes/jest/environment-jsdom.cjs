const { TestEnvironment } = require("jest-environment-jsdom");

/** jsdom, with what every browser has and jsdom hides. */
module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    // Atlas itself needs these two.
    Object.assign(this.global, { TextDecoder, TextEncoder });
    // #region tests
    // What the real SDK and the scenarios need: the fetch of Node, and the signals that it takes.
    Object.assign(this.global, { fetch, Headers, Request, Response, ReadableStream, AbortController, AbortSignal });
    // #endregion
  }
};
