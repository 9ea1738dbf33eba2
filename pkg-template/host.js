// What Rust calls with what it has decided. It imports nothing and must not throw: it runs within the Wasm.

export const host = {
  hit(version, updatedAt, checkedAt, schemas, templates, plans, until, code, message) {
    const warning = code === undefined ? undefined : { code, message };
    return { version, updatedAt, checkedAt, schemas, templates, plans, until, warning };
  },

  miss(reason, refreshHint) {
    return { reason, refreshHint };
  },

  read(keys, ticket, hit) {
    return { keys, ticket, hit };
  },
};
