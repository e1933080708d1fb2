import { defineConfig } from '@playwright/test';

/** Fast tier against a fake hub (`npm run e2e`), and against a real one (`npm run e2e:hub`, see e2e/hub.spec.ts; `npm run e2e:budget`). */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // Generous, because a machine that builds beside this is several times slower; only a hang reaches them.
  timeout: 300_000,
  expect: { timeout: 30_000 },
  // Two browsers at once, each with a fake hub of its own; what measures (`package.json`) runs alone.
  workers: 2,
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  reporter: [['list']],
  use: {
    actionTimeout: 30_000,
    locale: 'en-GB',
    timezoneId: 'Europe/London',
    viewport: { width: 1360, height: 860 },
    ignoreHTTPSErrors: true,
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    },
  },
  projects: [
    { name: 'fast', testMatch: /(fast|office|tools|products|trade|upkeep|work|alerts|identity|admin)\.spec\.ts/ },
    { name: 'screens', testMatch: /screens\.spec\.ts/ },
    { name: 'hub', testMatch: /hub\.spec\.ts/ },
    { name: 'budget', testMatch: /budget\.spec\.ts/ },
  ],
});
