// What `npm start` prints once everything runs: the addresses, and what to try. The README's walk has the same steps, and
// a test takes them.
import { relative } from "node:path";

import { SECRETS } from "./clickeen-servers.mjs";
import { ATLAS_SYNC, ROOT } from "./paths.mjs";
import { seconds } from "./progress.mjs";

/** The text, for servers that run. */
export function walk({ michael, store, paris, venice, startedMs }) {
  return `
  ${seconds(startedMs)} to the first hit.

  Inspect ${store.url}/inspector   what the store holds, and what Venice makes of it
  Paris   ${paris.url}/api/healthz   the authority, and the job; how it is
  Venice  ${venice.url}/e/wgt_faq001   a widget

  See where a widget's data came from:
    curl -i ${venice.url}/e/wgt_faq001

  Then try
    a changed row, a sync, and within 10 s version=2:
      psql ${michael.url} -c "update widget_templates set name = 'FAQ, renamed' where template_id = 'faq-classic-light'"
      curl -X PUT -H "Authorization: Bearer ${SECRETS.adminKey}" ${paris.url}/jobs/atlas-sync
    a schema version that no snapshot has: Venice falls back, and tells Paris what it misses:
      curl -i ${venice.url}/e/wgt_next001
    an outage: after 10 s Paris serves, with one log line and no error, and its health page says so:
      kill ${store.pid}
      curl ${paris.url}/api/healthz
    and its end:
      ${relative(ROOT, ATLAS_SYNC)} dev --no-sync --state .atlas/store.json --listen ${new URL(store.url).host}

  Ctrl-C ends all four.
`;
}
