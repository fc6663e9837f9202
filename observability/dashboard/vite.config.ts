import vue from "@vitejs/plugin-vue";
import icons from "unplugin-icons/vite";
import { defineConfig } from "vitest/config";

/** The sidecar behind `npm run dev`. */
const sidecar = process.env.ROZET_OBSERVABILITY_URL ?? "http://127.0.0.1:4000";

export default defineConfig({
  plugins: [vue(), icons({ compiler: "vue3", scale: 1 })],
  build: {
    target: ["chrome123", "firefox121", "safari17.5"],
    // A data: address in the page would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: {
    proxy: {
      "/v1": proxied(),
      "/events": proxied(),
      "/health": proxied(),
      "/stream": { ...proxied(), ws: true },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts"],
    restoreMocks: true,
  },
});

/** Drops `Origin`, which the sidecar accepts only from its own pages. */
function proxied() {
  return {
    target: sidecar,
    changeOrigin: true,
    headers: { origin: new URL(sidecar).origin },
  };
}
