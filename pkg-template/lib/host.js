// The objects that Rust makes: it calls these with what it has decided. This imports nothing and must not throw: it runs
// within the Wasm.

export const host = {
  hit(version, updatedAt, checkedAt, schemas, templates, plans, until, code, message) {
    const warning = code === undefined ? undefined : { code, message };
    return { version, updatedAt, checkedAt, schemas, templates, plans, until, warning };
  },

  miss(reason, refreshHint) {
    return { reason, refreshHint };
  },

  read(number, attempt, startedAt, entries, hit) {
    return { ticket: [number, attempt, startedAt, entries], hit };
  },

  event(events, event, level, reason, key, version, suppressed, message) {
    events.push(present({ event, level, reason, key, version, suppressed, message }));
  },

  health(status, version = null, checksum = null, lastSyncAt = null, lastSyncAgeSeconds = null, checkedAt = null) {
    return { status, version, checksum, lastSyncAt, lastSyncAgeSeconds, checkedAt };
  },

  verdict(version = null, updatedAt = null, checkedAt = null, checksum = null, entries) {
    return { verified: version !== null, version, updatedAt, checkedAt, checksum, entries };
  },

  entry(entries, key, status, reason, message, expected, computed, version, records, bytes) {
    entries.push(present({ key, status, reason, message, expected, computed, version, records, bytes }));
  },
};

/** Without what is undefined. */
function present(members) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
