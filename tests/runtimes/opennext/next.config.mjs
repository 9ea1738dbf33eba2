/** @type {import("next").NextConfig} */
export default {
  // OpenNext then takes the package's entry for workerd; without it every lookup is `internal_error`.
  serverExternalPackages: ["@clickeen/atlas"],
  // #region tests
  // There are lock files above this folder, which Next.js would take for a workspace's.
  outputFileTracingRoot: import.meta.dirname,
  // #endregion
};
