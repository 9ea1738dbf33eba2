/** Why a command failed. Its `code` and `exitCode` are stable; its message says what was expected and found. */
export class AtlasSyncError extends Error {
  name = "AtlasSyncError";

  constructor(message, { code, exitCode = null, report = null, cause }) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.exitCode = exitCode;
    this.report = report;
  }
}

/** Wrong usage of this package, with the exit code that the binary has for it. */
export function usage(message) {
  return new AtlasSyncError(message, { code: "usage", exitCode: 2 });
}
