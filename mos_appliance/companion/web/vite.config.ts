import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const PACKED = /\.(js|css|html|svg)$/;

/** Packs the files once, here: the box serves `x.js.gz` for `x.js` and spends no time on it. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    writeBundle({ dir = "dist" }) {
      for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !PACKED.test(entry.name)) continue;
        const file = join(entry.parentPath, entry.name);
        writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
      }
    },
  };
}

// Old school tablets count: nothing newer than these may be needed. No file may come from another host.
export default defineConfig({
  base: "/",
  plugins: [packed()],
  build: {
    target: ["chrome87", "firefox78", "safari14.1"],
    modulePreload: false,
    assetsInlineLimit: 0,
  },
  server: { proxy: { "/api": { target: "http://localhost:8080", ws: true } } },
});
