// What a caller asks for, read once: a request is whatever a caller has, and may be hostile.

/** How long a name can be that any record has. What is longer is cut before it is copied into the Wasm. */
const LONGEST_NAME = 512;

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
  return value.length > LONGEST_NAME ? `${value.slice(0, LONGEST_NAME)}…` : value;
}
