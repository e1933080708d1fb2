import react from '@vitejs/plugin-react';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** Writes `.br` and `.gz` beside every text file of the build: the hub serves them as they lie. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    enforce: 'post',
    async closeBundle() {
      const { readdirSync, readFileSync, writeFileSync } = await import('node:fs');
      const { join } = await import('node:path');
      const dist = join(import.meta.dirname, 'dist');
      for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|css|html|svg|json|webmanifest)$/.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const bytes = readFileSync(path);
        if (bytes.length < 256) continue;
        const params = {
          [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
          [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        };
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

const hub = process.env.VYAVS_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), precompress()],
  server: { proxy: { '/api': { target: hub, changeOrigin: false, secure: false } } },
  build: {
    target: 'es2022',
    // Inline scripts and data: URLs would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: 'assets/manifest.json',
    reportCompressedSize: false,
    // What every visit needs is one file: shared with later pages or not, split up it only compresses worse and asks more often.
    // The entry itself stays apart, so that the manifest knows it as one.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'], test: /(?<!\/src\/main\.tsx|index\.html)$/ }] } } },
    chunkSizeWarningLimit: 800,
  },
  test: {
    environment: 'happy-dom',
    setupFiles: ['src/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    env: { TZ: 'UTC', DEBUG_PRINT_LIMIT: '0' },
    testTimeout: 60_000,
    // As many as cores: one less, its default, is one on the machines that tests run on.
    maxWorkers: '100%',
  },
});
