/** What a browser calls itself, in words of people; null for a program that does not say. */
export function clientName(agent: string): { browser: string; system: string | null } | null {
  const browsers: [RegExp, string][] = [
    [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
    [/\b(?:OPR|Opera)\//, 'Opera'],
    [/\bSamsungBrowser\//, 'Samsung Internet'],
    [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
    [/\b(?:Chrome|CriOS|Chromium|HeadlessChrome)\//, 'Chrome'],
    [/\bVersion\/.*Safari\//, 'Safari'],
  ];
  const systems: [RegExp, string][] = [
    [/\b(?:iPhone|iPad)\b/, 'iOS'],
    [/\bAndroid\b/, 'Android'],
    [/\bWindows\b/, 'Windows'],
    [/\bMac OS X\b/, 'macOS'],
    [/\bCrOS\b/, 'ChromeOS'],
    [/\bLinux\b/, 'Linux'],
  ];
  const find = (known: [RegExp, string][]) => known.find(([pattern]) => pattern.test(agent))?.[1] ?? null;
  const browser = find(browsers);
  // A program names itself first: `vyavs-cli/0.1.0`, `curl/8.5.0`.
  if (!browser) return agent.trim() ? { browser: agent.trim().split(/\s/)[0]?.slice(0, 60) ?? '', system: null } : null;
  return { browser, system: find(systems) };
}
