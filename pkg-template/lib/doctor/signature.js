// Who has signed the snapshot, judged by a reader with the app's public keys.
import { createAtlas } from "../../index.js";
import { findings, reasonOf } from "./finding.js";

/** @import { Finding } from "./finding.js" */
/** @import { Client } from "./sdk.js" */

/** The variable of the README. Of keys that an app has elsewhere nothing is known here. */
const VARIABLE = "ATLAS_PUBLIC_KEYS";
/** The longest that a reader waits. */
const PATIENCE_MS = 5_000;
/** What keeps a reader from looking at the signatures; other checks tell it. */
const UNREAD = ["timeout", "unavailable", "key_missing", "unsupported_format", "corrupt", "internal_error"];

const { ok, problem, skipped } = findings("signature");

/**
 * @param {Client} client
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Finding[]>} none without public keys
 */
export async function checkSignature(client, { [VARIABLE]: publicKeys }) {
  if (!publicKeys) return [];
  try {
    let fault = "";
    const atlas = createAtlas({
      client,
      publicKeys: publicKeys.split(","),
      timeoutMs: PATIENCE_MS,
      log: ({ message = "" }) => (fault = message),
    });
    // Asks for no widget: signatures come before that.
    const decision = await atlas.lookup({});
    const reason = decision.source === "paris" ? decision.reason : "";
    if (UNREAD.includes(reason)) return [skipped("needs a snapshot that can be read, and is whole")];
    if (reason !== "signature_invalid") return [ok(`a key of ${VARIABLE} has signed the snapshot`)];
    const advice =
      "Compare the key that the job signs with (atlas-sync keys show) with the public keys here. Sign first, then deploy " +
      "readers with the key; in a rotation readers have both.";
    return [problem(`lookups with the keys of ${VARIABLE} fall back to Paris (signature_invalid): ${fault}`, advice)];
  } catch (error) {
    const advice = "Set it to the line public key of atlas-sync keys show; several with commas between.";
    return [problem(`${VARIABLE}: ${reasonOf(error)}`, advice)];
  }
}
