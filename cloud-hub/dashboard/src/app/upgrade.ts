const KEY = 'vyavs.reloaded-for-upgrade';

/**
 * A hub upgrade takes away the chunks that an open tab still wants. Reloading once fetches the new ones; a second
 * failure within a minute is something else and is left to the error page.
 */
export function reloadOnMissingChunk(): void {
  window.addEventListener('vite:preloadError', (event) => {
    const before = Number(sessionStorage.getItem(KEY) ?? 0);
    if (Date.now() - before < 60_000) return;
    event.preventDefault();
    sessionStorage.setItem(KEY, String(Date.now()));
    location.reload();
  });
}

/** True once after such a reload, for a short notice. */
export function wasUpgraded(): boolean {
  const at = Number(sessionStorage.getItem(KEY) ?? 0);
  return at > 0 && Date.now() - at < 15_000;
}
