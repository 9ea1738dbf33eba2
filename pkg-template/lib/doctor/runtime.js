// What this runtime can do. Venice may run on another.
import { verifySnapshot } from "../../index.js";
import { findings, reasonOf } from "./finding.js";

/** @import { Finding } from "./finding.js" */

const LEAST_NODE = 20;

export function checkNode() {
  const { ok, problem } = findings("node");
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= LEAST_NODE) return ok(`Node ${node}`);
  return problem(`expected Node ${LEAST_NODE} or later, found ${node}`, "Update Node.");
}

/** Whether Wasm can be compiled from bytes. Where it cannot, every lookup is `internal_error`. */
export function checkCodeGeneration() {
  const { ok, problem } = findings("wasm");
  try {
    verifySnapshot({});
    return ok("this Node compiles the package's Wasm");
  } catch (error) {
    return problem(
      `this Node does not compile Wasm, so every lookup falls back to Paris (internal_error): ${reasonOf(error)}`,
      "Start Node without --jitless. In an edge runtime, have the bundler take the package's own entry (edge-light, workerd).",
    );
  }
}

/** RFC 8032, section 7.1, test 1: a public key, and its signature of nothing. */
const PUBLIC_KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
const SIGNATURE =
  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";

/** Whether WebCrypto verifies Ed25519, which signed snapshots need. */
export async function checkEd25519() {
  const { ok, warning } = findings("ed25519");
  const advice = "Signed snapshots cannot be verified here: update the runtime, or configure no public key.";
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) return warning("this Node has no WebCrypto", advice);
  try {
    const key = await subtle.importKey("raw", Buffer.from(PUBLIC_KEY, "hex"), "Ed25519", false, ["verify"]);
    const isGood = await subtle.verify("Ed25519", key, Buffer.from(SIGNATURE, "hex"), new Uint8Array());
    return isGood ? ok("WebCrypto verifies Ed25519") : warning("WebCrypto refuses a good Ed25519 signature", advice);
  } catch (error) {
    return warning(`WebCrypto has no Ed25519: ${reasonOf(error)}`, advice);
  }
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Finding[]}
 */
export function checkEnvironment({ NODE_ENV, EDGE_CONFIG_DISABLE_DEVELOPMENT_SWR }) {
  if (NODE_ENV !== "development" || EDGE_CONFIG_DISABLE_DEVELOPMENT_SWR === "1") return [];
  return [
    findings("environment").warning(
      "NODE_ENV is development: the SDK answers from a copy in memory, one read behind the store",
      "To see a change at once, pass disableDevelopmentCache: true to createClient, or set EDGE_CONFIG_DISABLE_DEVELOPMENT_SWR=1.",
    ),
  ];
}
