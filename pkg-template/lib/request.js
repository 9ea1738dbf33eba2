// What a caller asks for, read once: a request is whatever a caller has, and may be hostile.

/** The longest name that is copied into the Wasm, in UTF-16 units. */
const LONGEST_NAME = 4096;

/** The names that a lookup is about. What is no text counts as missing. */
export function asked(request) {
  try {
    const { widgetType, templateId, schemaVersion, plan } = request;
    return { widgetType: name(widgetType), templateId: name(templateId), schemaVersion: name(schemaVersion), plan: name(plan) };
  } catch {
    return {};
  }
}

/** Who asks, for the logs. */
export function asker(request) {
  try {
    const { publicId, requestId } = request;
    return {
      ...(typeof requestId === "string" && { requestId }),
      ...(typeof publicId === "string" && { publicId }),
    };
  } catch {
    return {};
  }
}

function name(value) {
  if (typeof value !== "string") return undefined;
  return value.length > LONGEST_NAME ? nobodysName() : value;
}

let nobodys;

/** Stands for a name that is too long to be any record's. Nobody can guess it, so no record has it. */
function nobodysName() {
  return (nobodys ??= `a name of more than ${LONGEST_NAME} characters (${Math.random()}${Math.random()})`);
}
