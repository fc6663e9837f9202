import manifest from "../package.json" with { type: "json" };

/** The package's version, written into the build. */
export const VERSION: string = manifest.version;
