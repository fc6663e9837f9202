/** What the tests are told through the environment. */

/** Says why there is no browser to test in; empty when there is one. In CI that is an error. */
export function whySkipped() {
  if (process.env.ROZET_CHROMIUM) return "";
  if (process.env.CI) throw new Error("ROZET_CHROMIUM must name a Chromium in CI");
  return "ROZET_CHROMIUM does not name a Chromium";
}

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} must be set`);
  return value;
}

/** Reads where the demo's dashboard is and what the sidecar behind it has stored. */
export function readSettings() {
  return {
    chromium: required("ROZET_CHROMIUM"),
    /** Where the dashboard answers, without a slash at the end. */
    url: new URL(required("ROZET_DASHBOARD_URL")).origin,
    /** Where it answers too, if it does. */
    secondUrl: process.env.ROZET_DASHBOARD_URL_2 && new URL(process.env.ROZET_DASHBOARD_URL_2).origin,
    /** A session with a plan, of which at least one task is completed. */
    session: required("ROZET_DASHBOARD_SESSION"),
    /** Text of a completed task of that plan. */
    task: required("ROZET_DASHBOARD_TASK"),
    screenshots: required("ROZET_SCREENSHOT_DIR"),
  };
}

/** Reads what tests with a sidecar of their own need. */
export function readPrograms() {
  return { chromium: required("ROZET_CHROMIUM"), sidecar: required("ROZET_TEST_SIDECAR") };
}

/** Reads where a dashboard is that workers are about to be busy behind. */
export function readWatched() {
  return {
    chromium: required("ROZET_CHROMIUM"),
    url: new URL(required("ROZET_DASHBOARD_URL")).origin,
    token: required("ROZET_TOKEN"),
    /** A file that is there once the run is over and what came of it has been looked at. */
    whenOver: required("ROZET_WHEN_OVER"),
  };
}
