// From what the SDK gives to what Rust takes: each value with its canonical JSON, which is written only if Rust asks for it.
// Rust copies it a window at a time; the hash of a large one is made by the platform, which is faster.

/** The length of `{"checksum":"sha256:…",`, the first member of an entry in the order in which it was written. */
const CHECKSUM_MEMBER = 13 + 71 + 2;

const COMMA = 0x2c;
const BRACE = 0x7b;

/** Up to how many UTF-16 units of JSON a value is held as a copy too. A manifest has about a thousand. */
const LARGEST_COPY = 8_192;

/** How many arrays and objects may lie within each other: `MAX_DEPTH` in Rust. */
const DEEPEST = 127;

/** A value that is nested more deeply is not written: `JSON.stringify` takes time for each open level, seconds for a megabyte. */
const MOST_WRITTEN = 2 * DEEPEST;

/** Half of a surrogate pair, as `JSON.stringify` writes it. */
const LONE_SURROGATE = /(^|[^\\])(\\\\)*\\ud/;

/**
 * Made when it is first needed: where there is none, the package can still be imported.
 *
 * @type {TextEncoder | undefined}
 */
let encoder;

/** A value of the store, for Rust to judge and, if it is good, to serve from. */
export class Item {
  /** @type {string | undefined} as the platform writes it */
  #text;
  /** @type {string | undefined} */
  #json;
  #isCanonical = false;
  /** @type {boolean | undefined} whether its members are in order; undefined for what JSON does not carry */
  #isSorted;
  /** @type {any} what its JSON says, which nobody else can change */
  #copy;
  /** @type {Uint8Array<ArrayBuffer> | undefined} */
  #bytes;
  /** @type {Uint8Array | undefined} */
  #hash;

  /**
   * @param {number} place of its key in the registry
   * @param {any} value
   */
  constructor(place, value) {
    this.place = place;
    this.value = value;
    this.checksum = own(value, "checksum");
    /**
     * What is wrong with a manifest's signatures: nothing if it is empty, and nobody has checked them if it is undefined.
     *
     * @type {string | undefined}
     */
    this.signatureFault = undefined;
  }

  /**
   * Whether there is this record, or this member of it.
   *
   * @param {string} record
   * @param {string} [member]
   */
  has(record, member) {
    const found = own(own(this.value, "payload"), record);
    return (member === undefined ? found : own(found, member)) !== undefined;
  }

  /**
   * A member of a record, if it is a string.
   *
   * @param {string} record
   * @param {string} member
   * @returns {string | undefined}
   */
  text(record, member) {
    const found = own(own(own(this.value, "payload"), record), member);
    return typeof found === "string" ? found : undefined;
  }

  /** The value as JSON, in canonical form if there is one; written when it is first needed. */
  get json() {
    if (this.#json === undefined) [this.#json, this.#isCanonical] = inOrder(this.written, this.#isSorted);
    return this.#json;
  }

  /** The value as JSON, as the platform writes it. */
  get written() {
    if (this.#text === undefined) [this.#text, this.#isSorted] = written(this.value);
    return this.#text;
  }

  get isCanonical() {
    return this.json !== "" && this.#isCanonical;
  }

  get length() {
    return this.#utf8.length;
  }

  /**
   * Copies bytes of the JSON into the Wasm's memory.
   *
   * @param {number} at
   * @param {Uint8Array} into
   */
  read(at, into) {
    into.set(this.#utf8.subarray(at, at + into.length));
  }

  /**
   * Whether this has the text of an item that was judged before. A client may give the very object again: if the read
   * `overlaps` that judgement, the object was the same at one moment of the read, so it is not written anew.
   *
   * @param {Item} judged
   * @param {boolean} overlaps
   */
  isSame(judged, overlaps) {
    const isSame =
      this.value === judged.value && overlaps
        ? this.checksum === judged.checksum
        : judged.#isLike(this.value) || this.written === judged.written;
    // The text is the one that was judged, whatever becomes of the object.
    if (isSame) {
      [this.#text, this.#isSorted, this.#json] = [judged.#text, judged.#isSorted, judged.#json];
      [this.#isCanonical, this.#copy] = [judged.#isCanonical, judged.#copy];
    }
    return isSame;
  }

  /**
   * Whether a value has the same members as this one had. A refresh that finds nothing new asks this of the manifest: writing
   * its JSON anew takes several times longer. A large value is left to its text, since it would be held twice.
   *
   * @param {unknown} value
   */
  #isLike(value) {
    try {
      if (this.json.length > LARGEST_COPY || !this.isCanonical) return false;
      return isEqual(value, (this.#copy ??= JSON.parse(this.json)));
    } catch {
      return false;
    }
  }

  /**
   * Copies the platform's hash, if there is one, into the Wasm's memory.
   *
   * @param {Uint8Array} into
   */
  hashed(into) {
    if (this.#hash === undefined) return false;
    into.set(this.#hash);
    return true;
  }

  /** Drops the text of a value that was verified. */
  forget() {
    this.#json = this.#text = undefined;
  }

  /** Drops the bytes, when Rust has seen them. */
  release() {
    this.#bytes = undefined;
  }

  get #utf8() {
    return (this.#bytes ??= (encoder ??= new TextEncoder()).encode(this.json));
  }

  /**
   * Has the platform hash `{` and what follows the first member: what an entry's checksum is made of. Where there is no
   * WebCrypto, or it fails, Rust hashes.
   *
   * @param {number} from how many bytes on
   */
  async hash(from) {
    const bytes = this.#utf8;
    const before = CHECKSUM_MEMBER - 1;
    if (bytes.length < from || bytes[before] !== COMMA) return;
    try {
      // The comma is the brace for as long as it takes to hand the bytes over, which copies them.
      bytes[before] = BRACE;
      const hash = globalThis.crypto.subtle.digest("SHA-256", bytes.subarray(before));
      bytes[before] = COMMA;
      this.#hash = new Uint8Array(await hash);
    } catch {
      bytes[before] = COMMA;
    }
  }
}

/**
 * The values under these stored keys. Only own members count: an answer is data, whatever its prototype says.
 *
 * @param {unknown} answer
 * @param {readonly (string | undefined)[]} keys each at its place in the registry, the manifest first
 */
export function itemsOf(answer, keys) {
  /** @type {Item[]} */
  const items = [];
  keys.forEach((key, place) => {
    const value = key === undefined ? undefined : own(answer, key);
    if (value !== undefined) items.push(new Item(place, value));
  });
  return items;
}

/**
 * Has the platform hash the large ones. Never rejects.
 *
 * @param {Item[]} items
 * @param {number} from how many bytes on
 */
export async function hash(items, from) {
  await Promise.allSettled(items.map((item) => item.hash(from)));
}

/**
 * A member, or undefined: what an answer holds is whatever somebody stored.
 *
 * @param {any} value
 * @param {string} name
 * @returns {any}
 */
export function own(value, name) {
  try {
    return typeof value === "object" && value !== null && Object.hasOwn(value, name) ? value[name] : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether a value has the members of another, and no more, in any order.
 *
 * @param {any} value whatever a client gave
 * @param {any} other what JSON.parse gave
 * @returns {boolean}
 */
function isEqual(value, other) {
  if (typeof other !== "object" || other === null) return value === other;
  if (typeof value !== "object" || value === null || Array.isArray(value) !== Array.isArray(other)) return false;
  const names = Object.keys(other);
  if (Object.keys(value).length !== names.length) return false;
  for (const name of names) if (!Object.hasOwn(value, name) || !isEqual(value[name], other[name])) return false;
  return true;
}

/**
 * RFC 8785: what ECMAScript's own serialization writes, with the members of each object sorted by their names.
 *
 * @param {any} value what JSON.parse gave
 * @returns {string}
 */
export function canonical(value) {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)}}`;
}

/**
 * A value as JSON, and whether its members are in order. The text is empty if it has none, and no JSON if it is nested so deeply
 * that writing it would hold up everything else.
 *
 * @param {any} value
 * @returns {[text: string, isSorted: boolean | undefined]}
 */
function written(value) {
  let isSorted;
  try {
    isSorted = typeof value !== "object" || value === null || isInOrder(value, 1);
  } catch {
    // What JSON does not carry.
  }
  try {
    return [isSorted === undefined && isDeeper(value, MOST_WRITTEN) ? "{" : (JSON.stringify(value) ?? ""), isSorted];
  } catch {
    return ["", isSorted];
  }
}

/**
 * @param {any} value
 * @param {number} levels
 * @returns {boolean}
 */
function isDeeper(value, levels) {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}

/**
 * The JSON of a value with its members in order, and whether that is its canonical form: `JSON.stringify` writes strings and
 * numbers as RFC 8785 demands, so only the order is left. What JSON does not carry (a BigInt, a cycle, an Infinity) never came
 * from a store, and has no such form.
 *
 * @param {string} text
 * @param {boolean | undefined} isSorted
 * @returns {[text: string, isCanonical: boolean]}
 */
function inOrder(text, isSorted) {
  try {
    const isCarried = isSorted !== undefined && !(text.includes("\\ud") && LONE_SURROGATE.test(text));
    return [isCarried && !isSorted ? canonical(JSON.parse(text)) : text, isCarried];
  } catch {
    return [text, false];
  }
}

/**
 * Whether the members of each object come in the order of their names, by UTF-16 code units. A cold start notices how this is
 * written: nothing is called for a member that is no object, and `for…in` has what an engine remembers of the names. What a
 * prototype adds comes after an object's own, so it can only have a text written anew.
 *
 * @param {any} value an object or an array
 * @param {number} depth
 * @returns {boolean}
 * @throws {RangeError} for what JSON does not carry. `JSON.stringify` writes a null for an Infinity, which is what `JSON.parse`
 *   reads 1e400 as: what is verified would not be what is served.
 */
function isInOrder(value, depth) {
  if (depth > DEEPEST) throw new RangeError();
  if (Array.isArray(value)) return areInOrder(value, depth);
  let isSorted = true;
  let last = "";
  for (const name in value) {
    const member = value[name];
    if (typeof member === "object") {
      if (member !== null && !isInOrder(member, depth + 1)) isSorted = false;
    } else if (typeof member === "number" && !Number.isFinite(member)) {
      throw new RangeError();
    }
    if (name < last) isSorted = false;
    last = name;
  }
  return isSorted;
}

/**
 * The same for the elements of an array. A hole is not carried either.
 *
 * @param {any[]} elements
 * @param {number} depth
 * @returns {boolean}
 */
function areInOrder(elements, depth) {
  let areSorted = true;
  for (let place = 0; place < elements.length; place += 1) {
    const element = elements[place];
    const type = typeof element;
    if (type === "object") {
      if (element !== null && !isInOrder(element, depth + 1)) areSorted = false;
    } else if (type !== "string" && type !== "boolean" && !Number.isFinite(element)) {
      throw new RangeError();
    }
  }
  return areSorted;
}
