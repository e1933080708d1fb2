/** Whether an address leads to a page, and not into this one: `javascript:` and its like are no sign-in services. */
export function isWeb(url: string): boolean {
  try {
    return ['https:', 'http:'].includes(new URL(url, location.href).protocol);
  } catch {
    return false;
  }
}
