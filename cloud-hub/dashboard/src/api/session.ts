let underway: Promise<boolean> | null = null;

/**
 * Renews the session cookie. Many requests may find it expired at once: they share one attempt, because a refresh
 * works only once. `false` when there is no session left.
 */
export function renewSession(): Promise<boolean> {
  underway ??= fetch(new URL('/api/v1/auth/refresh', globalThis.location?.origin ?? 'http://localhost'), {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json', 'x-vyavs-csrf': '1' },
    body: '{}',
  })
    .then(
      (response) => response.ok,
      () => false,
    )
    .finally(() => {
      underway = null;
    });
  return underway;
}
