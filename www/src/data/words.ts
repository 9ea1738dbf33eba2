// Numbers and times as people read them.

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
];

const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });

/** `3 minutes ago`, `in 2 hours`; within a second `just now`. */
export function ago(ms: number): string {
  const [unit, length] = UNITS.find(([, length]) => Math.abs(ms) >= length) ?? ["second", 1_000];
  return Math.abs(ms) < 1_000 ? "just now" : relative.format(-Math.trunc(ms / length), unit);
}

/** How long ago a time was that another clock has told: `3 minutes ago`, `2 hours ahead of this machine's clock`. */
export function age(ms: number): string {
  return ms <= -1_000 ? `${duration(-ms)} ahead of this machine's clock` : ago(ms);
}

/** `3 minutes`, `1 hour`. */
export function duration(ms: number): string {
  return ago(Math.max(1_000, ms)).replace(/ ago$/, "");
}

/** `1,234` */
export function count(number: number): string {
  return number.toLocaleString("en");
}

/** `1,234 bytes` */
export function bytes(number: number): string {
  return `${count(number)} ${number === 1 ? "byte" : "bytes"}`;
}

/** `1.5 ms`, `120 µs` */
export function milliseconds(ms: number): string {
  if (ms < 0.1) return `${Math.round(ms * 1_000)} µs`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** `2026-11-22 12:00:00 UTC` */
export function instant(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : `${new Date(time).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `07:29:05`, by the clock on the wall; after midnight `00:00:05`. */
export function clock(ms: number): string {
  return new Date(ms).toLocaleTimeString("en", { hourCycle: "h23" });
}

/** `1 template`, `2 templates` */
export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}
