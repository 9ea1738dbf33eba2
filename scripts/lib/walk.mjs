// What `npm start` prints once everything runs: the addresses, and commands to try. They are the commands of the README's
// walk; a test compares the two, and runs them.
import { SECRETS } from "./clickeen-servers.mjs";
import { seconds } from "./progress.mjs";

const FAULTS = "/_atlas/faults";
const HANG = '{"faults": [{"kind": "hang", "on": "reads"}]}';
const NONE = '{"faults": []}';
const RENAME = "update widget_templates set name = 'FAQ, renamed' where template_id = 'faq-classic-light'";

/** The text, for servers that run. */
export function walk({ michael, store, paris, venice, startedMs }) {
  const switchFaults = (faults) =>
    `curl -s -X PUT -H "Authorization: Bearer ${SECRETS.writeToken}" ${store.url}${FAULTS} -H "Content-Type: application/json" -d '${faults}'`;
  return `
  ${seconds(startedMs)} to the first hit.

  Inspect ${store.url}/inspector     what the store holds, and what Venice makes of it
  Paris   ${paris.url}/api/healthz   its health, with the job's under deps.atlas
  Venice  ${venice.url}/e/wgt_faq001   a widget

  Where does a widget's data come from? Look at x-atlas:
    curl -si ${venice.url}/e/wgt_faq001

  Then try
    a changed row and a sync; within 10 s Venice serves version=2:
      psql -q ${michael.url} -c "${RENAME}"
      curl -s -X PUT -H "Authorization: Bearer ${SECRETS.adminKey}" ${paris.url}/jobs/atlas-sync
    a schema version that the snapshot lacks: Venice falls back, and Paris logs the hint:
      curl -si ${venice.url}/e/wgt_next001
    a store that hangs: after 10 s Paris serves, Venice logs one line, and the health page says so:
      ${switchFaults(HANG)}
      curl -s ${paris.url}/api/healthz
    and its end:
      ${switchFaults(NONE)}

  Ctrl-C ends all four.
`;
}
