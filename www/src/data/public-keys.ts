// Public keys from a text of unknown origin: bounded, and refused in words that repeat nothing of it, since it may hold a
// private key. Which keys a reader takes is for the package to say.
import { AtlasError, createAtlas } from "@clickeen/atlas";

import { count } from "./words";

/** The most that is read: as many keys as are taken, in every spelling, are shorter. */
export const MOST_CHARACTERS = 10_000;
export const MOST_KEYS = 8;

export interface PublicKey {
  /** As the package takes it. */
  readonly text: string;
  /** Its 32 bytes. */
  readonly raw: Uint8Array<ArrayBuffer>;
}

/** Why a text is not public keys. */
export class NotKeys extends Error {}

const HOW = "atlas-sync keys show prints the public key of a file.";
const PEM = /-----BEGIN ([A-Z ]{1,40})-----[\s\w+/=]*-----END \1-----/g;
/** The 12 bytes before an Ed25519 key in a PEM block (RFC 8410, section 4), as base64. */
const SPKI = "MCowBQYDK2VwAyEA";
/** What `atlas-sync keys show` prints beside a key. */
const LABELS = /^[ \t]*(?:id[ \t]+[0-9a-f]{16}[ \t]*$|public key[ \t]+)/gm;

/** Whether somebody who opened a text meant keys, good or bad, and not a snapshot. */
export function looksLikeKeys(text: string): boolean {
  return /^\s*(?:-----BEGIN |id[ \t]+[0-9a-f]{16}\s|[\w+/-]{43}=?\s*$)/.test(text);
}

/**
 * The keys in a text: PEM blocks, base64 or base64url, separated by spaces, commas or lines, or what `atlas-sync keys show`
 * prints. Each key once.
 *
 * @throws {NotKeys}
 */
export function parseKeys(text: string): readonly PublicKey[] {
  if (text.length > MOST_CHARACTERS) {
    throw new NotKeys(`Expected at most ${count(MOST_CHARACTERS)} characters of public keys, found ${count(text.length)}.`);
  }
  if (text.includes("PRIVATE KEY")) throw new NotKeys(`Expected a public key, found a private one, which this page does not keep. ${HOW}`);
  const words = text.replace(PEM, " ").replace(LABELS, "").split(/[\s,]+/).filter((word) => word !== "");
  const given = [...(text.match(PEM) ?? []), ...words];
  if (given.length === 0) throw new NotKeys(`Expected a public key, found nothing. ${HOW}`);
  const keys = distinct(given.map((one, at) => keyOf(one, given.length === 1 ? "" : `In place ${at + 1} of ${given.length}: `)));
  if (keys.length > MOST_KEYS) throw new NotKeys(`Expected at most ${MOST_KEYS} public keys, found ${count(keys.length)}.`);
  return keys;
}

function keyOf(given: string, where: string): PublicKey {
  const raw = bytesOf(given)?.subarray(-32);
  if (raw !== undefined && isTaken(given)) return { text: given, raw };
  throw new NotKeys(`${where}Expected an Ed25519 public key, found ${whatIs(given)}. ${HOW}`);
}

/** Whether a reader takes it. */
function isTaken(key: string): boolean {
  try {
    return createAtlas({ publicKeys: key }) !== undefined;
  } catch (error) {
    if (error instanceof AtlasError) return false;
    throw error;
  }
}

function whatIs(given: string): string {
  const label = /^-----BEGIN ([A-Z ]+)-----/.exec(given)?.[1];
  if (label === undefined && given.startsWith("-----")) return "a part of a PEM block";
  if (/^[0-9a-f]{16}$/.test(given)) return "a key's id, which names a key and does not hold it";
  const bytes = bytesOf(given);
  const hasItsForm = label === undefined ? bytes?.length === 32 : label === "PUBLIC KEY" && bytes?.length === 44 && base64Of(given).startsWith(SPKI);
  if (hasItsForm) return "32 bytes that no reader takes: a key of low order, for which anybody can sign, or one that is not in its canonical form";
  return label === undefined ? `${count(given.length)} characters that are not a key` : `a PEM block with something else (${label})`;
}

function distinct(keys: readonly PublicKey[]): readonly PublicKey[] {
  return [...new Map(keys.map((key) => [key.raw.join(), key])).values()];
}

function bytesOf(given: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64Of(given)), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** A key's base64, without what stands around it in a PEM block. */
function base64Of(given: string): string {
  return given.replace(/-----[A-Z ]+-----|\s/g, "").replaceAll("-", "+").replaceAll("_", "/");
}
