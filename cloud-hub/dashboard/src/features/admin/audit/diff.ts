/** One value that an entry of the audit log names, before and after; `undefined` where it was not there. */
export interface Changed {
  path: string;
  before?: string;
  after?: string;
}

function flatten(value: unknown, path: string, into: Map<string, string>): void {
  if (Array.isArray(value)) {
    // Lists of ids and names read best in one line; what is more is shown as it stands.
    const plain = value.every((each) => typeof each !== 'object' || each === null);
    into.set(path, plain ? value.map(String).join(', ') : JSON.stringify(value));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) flatten(inner, path ? `${path}.${key}` : key, into);
  } else {
    into.set(path, typeof value === 'string' ? value : JSON.stringify(value ?? null));
  }
}

function flat(value: unknown): Map<string, string> {
  const into = new Map<string, string>();
  if (value !== undefined) flatten(value, '', into);
  return into;
}

/** What differs between an entry's `before` and `after`; of something made or taken away, everything. Pure. */
export function changedIn(entry: unknown): Changed[] {
  const { before, after } = (typeof entry === 'object' && entry !== null ? entry : {}) as { before?: unknown; after?: unknown };
  const [was, is] = [flat(before), flat(after)];
  const paths = [...new Set([...was.keys(), ...is.keys()])];
  return paths.filter((path) => was.get(path) !== is.get(path)).map((path) => ({ path, before: was.get(path), after: is.get(path) }));
}

/** What the hub answered to the call behind an entry; null outside of HTTP. */
export function statusOf(entry: unknown): number | null {
  const { status } = (typeof entry === 'object' && entry !== null ? entry : {}) as { status?: unknown };
  return typeof status === 'number' && status > 0 ? status : null;
}
