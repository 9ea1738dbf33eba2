// A decision as the table shows it: all that must be the same in every runtime and at any time, and nothing else.

/** Whole milliseconds of the budget of 5 s. */
const BUDGET_MS = 5_000;

export function outcome(decision, events) {
  if (decision === undefined) return undefined;
  const told = decision.source === "atlas" ? hit(decision) : fallback(decision);
  return events.length === 0 ? told : { ...told, logged: events.map(brief) };
}

function hit({ source, version, ageMs, template, schema, hints, warnings }) {
  return {
    source,
    version,
    template: template && template.name,
    schema: Object.keys(schema.properties),
    hints,
    ...(warnings.length > 0 && { warnings: warnings.map(({ code }) => code) }),
    ...(!(Number.isInteger(ageMs) && ageMs >= 0) && { ageMs }),
  };
}

function fallback({ source, reason, remainingMs, headers, hints, refreshHint }) {
  const hint = headers["Atlas-Refresh-Hint"];
  return {
    source,
    reason,
    refreshHint,
    ...(hint !== undefined && { hinted: hint.split(",")[0] }),
    hints,
    ...(!(remainingMs >= 0 && remainingMs <= BUDGET_MS) && { remainingMs }),
  };
}

function brief({ event, level, reason, key }) {
  return [level, event, reason, key].filter((part) => part !== undefined).join(" ");
}
