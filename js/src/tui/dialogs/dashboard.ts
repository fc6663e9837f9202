import { health } from "../../sidecar/health.ts";
import { browse } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { NO_SIDECAR } from "./tasks.ts";

/** Opens the dashboard in the person's browser, or shows where it is. Never throws. */
export async function openDashboard({ api, discovery, told }: Terminal): Promise<void> {
  api.ui.dialog.clear();
  const endpoint = discovery.find();
  if (endpoint === undefined) {
    told.now("warning", NO_SIDECAR);
    return;
  }
  const { dashboard_url } = await health(discovery).catch(() => ({ dashboard_url: undefined }));
  const page = dashboard_url || endpoint.url;
  // A fragment stays in the browser: it is sent to nobody, and the page takes it out of the address at once.
  const address = `${page}/#token=${encodeURIComponent(endpoint.token)}`;
  if (await browse(address)) return;
  api.ui.dialog.replace(() =>
    api.ui.DialogAlert({
      title: "The dashboard",
      message: `No browser can be opened from here. The dashboard is at\n${page}\n\nWith the right to act: rozet-sidecar dashboard`,
    }),
  );
}
