import { registerOTel } from "@vercel/otel";

export function register() {
  registerOTel({
    serviceName: "venice",
    // #region tests
    spanProcessors: [globalThis.spans],
    // #endregion
  });
}
