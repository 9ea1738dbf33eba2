// The isolate's WebCrypto as the explorer has it: results that signers.mjs found before, in promises that it paces.

export class Crypto {
  /** How long an operation takes, in milliseconds of virtual time; 0 is a microtask. */
  latencyMs = 0;
  #known;

  constructor(known) {
    this.#known = known;
  }

  /** Takes the place of the isolate's WebCrypto; gives how to put it back. */
  install() {
    const original = Object.getOwnPropertyDescriptor(globalThis, "crypto");
    Object.defineProperty(globalThis, "crypto", { value: { subtle: this.#subtle() }, configurable: true });
    return () => {
      if (original === undefined) delete globalThis.crypto;
      else Object.defineProperty(globalThis, "crypto", original);
    };
  }

  #subtle() {
    const { keys, signatures } = this.#known;
    const ids = new Map(Object.values(keys).map(({ id, publicKey }) => [publicKey, id]));
    return {
      digest: async (_, bytes) => {
        await this.#wait();
        const id = ids.get(base64url(bytes));
        if (id === undefined) throw new Error("only the ids of keys are known here");
        return Uint8Array.from(id.padEnd(64, "0").match(/../g), (byte) => parseInt(byte, 16)).buffer;
      },
      importKey: async (_, bytes) => {
        await this.#wait();
        return { publicKey: base64url(bytes) };
      },
      verify: async (_, { publicKey }, signature, bytes) => {
        const found = signatures[base64url(signature)];
        const text = new TextDecoder().decode(bytes);
        await this.#wait();
        return found?.publicKey === publicKey && found.text === text;
      },
    };
  }

  #wait() {
    return this.latencyMs === 0 ? undefined : new Promise((resolve) => setTimeout(resolve, this.latencyMs));
  }
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
