// Who signed the snapshot: each signature beside the public keys that somebody gives the page.
import type { Json } from "@clickeen/atlas";
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { MOST_CHARACTERS } from "../data/public-keys";
import { checkSignatures, type CheckedSignature, type SignatureVerdict } from "../data/signatures";
import type { Tone } from "../data/standing";
import { count } from "../data/words";
import { Badge } from "../parts/badge";
import { forgetKeys, giveKeys, keyRefusal, keys, required } from "../state/keys";
import { route } from "../state/route";
import type { Snapshot } from "../state/snapshot";

const MOST_SHOWN = 12;
const LONGEST_ID = 64;

const MEANS: Readonly<Record<SignatureVerdict, { readonly tone: Tone; readonly meaning: string }>> = {
  good: { tone: "good", meaning: "This key signed this manifest." },
  "not this text": { tone: "bad", meaning: "There is a signature by this key's id, but this key did not sign this manifest." },
  "not a signature": { tone: "bad", meaning: "What stands under this key's id is not a signature." },
  "not signed": { tone: "warn", meaning: "This key did not sign this manifest." },
  "wrong key": { tone: "warn", meaning: "By a key that was not given, so it is not checked." },
};

/** `manifest` is `null` unless it is verified: what another one says of its signatures is not believed. */
export function SignaturesSection({ shown, manifest }: { shown: Snapshot; manifest: { readonly [name: string]: Json } | null }) {
  const isNamed = route.value.path[0] === "signatures";
  return (
    <section aria-labelledby="signatures">
      <h2 id="signatures" tabIndex={isNamed ? -1 : undefined} data-place={isNamed ? "" : undefined}>
        Signatures
      </h2>
      <KeyForm />
      {keys.value.length > 0 && <Checked shown={shown} manifest={manifest} />}
    </section>
  );
}

function KeyForm() {
  const field = useRef<HTMLTextAreaElement>(null);
  const text = useSignal("");
  const refusal = keyRefusal.value;
  const check = (event: SubmitEvent) => {
    event.preventDefault();
    giveKeys(text.value);
    // Nobody should leave a private key on the screen.
    if (text.value.includes("PRIVATE KEY")) text.value = "";
  };
  const forget = () => {
    forgetKeys();
    text.value = "";
    field.current?.focus();
  };
  return (
    <form class="keys" onSubmit={check}>
      <label>
        <span>Public keys</span>
        <textarea
          ref={field}
          rows={4}
          value={text.value}
          autocomplete="off"
          spellcheck={false}
          aria-describedby="keys-help keys-problem"
          aria-invalid={refusal !== null}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
      </label>
      <p class="muted" id="keys-help">
        Paste one or several, as PEM or as <code>atlas-sync keys show</code> prints them, or drop their file on the page. They are kept in this
        page alone. At most {count(MOST_CHARACTERS)} characters.
      </p>
      <div role="alert" id="keys-problem">
        {refusal !== null && <p class="notice bad">{refusal}</p>}
      </div>
      <div class="switches">
        <button type="submit" class="primary">
          Check signatures
        </button>
        {keys.value.length > 0 && (
          <button type="button" onClick={forget}>
            Forget the keys
          </button>
        )}
      </div>
      {keys.value.length > 1 && (
        <label class="required">
          <span>Signatures required</span>
          <select value={String(required.value)} onChange={(event) => (required.value = event.currentTarget.selectedIndex + 1)}>
            {keys.value.map((_, at) => (
              <option key={at} value={String(at + 1)}>
                {at + 1} of {keys.value.length}
              </option>
            ))}
          </select>
        </label>
      )}
    </form>
  );
}

type Found = readonly CheckedSignature[] | { readonly problem: string };

function Checked({ shown, manifest }: { shown: Snapshot; manifest: { readonly [name: string]: Json } | null }) {
  const found = useChecked(shown, manifest);
  if (manifest === null) return <p class="muted">The manifest is not verified, so its signatures are not checked.</p>;
  if (found === null) return <p class="muted">Checking …</p>;
  if ("problem" in found) return <p class="notice bad">This browser cannot check Ed25519 signatures: {found.problem}</p>;
  return (
    <>
      <table class="verdicts">
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Meaning</th>
            <th scope="col">Signature</th>
          </tr>
        </thead>
        <tbody>
          {found.slice(0, MOST_SHOWN).map(({ id, verdict }) => (
            <tr key={id}>
              <th scope="row">
                <code>{id.slice(0, LONGEST_ID)}</code>
              </th>
              <td>{MEANS[verdict].meaning}</td>
              <td>
                <Badge tone={MEANS[verdict].tone}>{verdict}</Badge>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.length > MOST_SHOWN && <p class="muted">and {count(found.length - MOST_SHOWN)} more by other keys</p>}
    </>
  );
}

/** What was found on these signatures with these keys; `null` until it is known. */
function useChecked(shown: Snapshot, manifest: { readonly [name: string]: Json } | null): Found | null {
  const given = keys.value;
  const last = useSignal<{ readonly shown: Snapshot; readonly given: typeof given; readonly found: Found } | null>(null);
  useEffect(() => {
    if (manifest === null) return;
    let isWanted = true;
    const keep = (found: Found) => {
      if (isWanted) last.value = { shown, given, found };
    };
    checkSignatures(manifest, given).then(keep, (error: unknown) => keep({ problem: error instanceof Error ? error.message : String(error) }));
    return () => void (isWanted = false);
  }, [shown, given]);
  return last.value?.shown === shown && last.value.given === given ? last.value.found : null;
}
