import { trace } from "@opentelemetry/api";

/** For `createAtlas({ onDecision })`: what was decided, on the span of the request. */
export function onDecision(decision, { elapsedMs }) {
  trace.getActiveSpan()?.setAttributes({
    "atlas.source": decision.source,
    "atlas.elapsed_ms": elapsedMs,
    ...(decision.source === "atlas"
      ? { "atlas.version": decision.version, "atlas.age_ms": decision.ageMs }
      : { "atlas.reason": decision.reason }),
  });
}
