// The marker of a write: the key `atlas_v1_rev_<version>` that every write creates, renews or deletes, so that of two
// writers only one succeeds. It is Atlas's, but no entry: no manifest names it, and a reader does not look at it.

const MARKER = /^atlas_v1_rev_([1-9]\d*)$/;

/** The version that a stored key marks; `null` for any other key. */
export function markedVersion(storedKey: string): number | null {
  const version = MARKER.exec(storedKey)?.[1];
  return version === undefined ? null : Number(version);
}
