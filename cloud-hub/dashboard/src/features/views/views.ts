/** Pages whose filters can be kept under a name. */
export type ViewedPage = 'stores' | 'products' | 'sales' | 'alarms' | 'audit' | 'alerts' | 'search';

/** A filter with a name; `search` is the query of the address. */
export interface View {
  name: string;
  search: string;
}

const MOST = 50;
export const LONGEST_NAME = 60;

/** Apart for each person: several may share a tablet. */
function keyOf(user: string): string {
  return `vyavs.views.${user}`;
}

function readAll(user: string): Partial<Record<string, View[]>> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(user)) ?? '{}');
    return typeof kept === 'object' && kept !== null && !Array.isArray(kept) ? (kept as Partial<Record<string, View[]>>) : {};
  } catch {
    return {};
  }
}

/** What is kept here for a page, by name. What does not look like a view is left out, not stumbled over. */
export function viewsOf(user: string, page: ViewedPage): View[] {
  const kept: unknown = readAll(user)[page];
  if (!Array.isArray(kept)) return [];
  return kept.filter((each: unknown): each is View => {
    const { name, search } = (each ?? {}) as Partial<View>;
    return typeof name === 'string' && name !== '' && typeof search === 'string';
  });
}

function write(user: string, page: ViewedPage, views: View[]): boolean {
  try {
    localStorage.setItem(keyOf(user), JSON.stringify({ ...readAll(user), [page]: views }));
    return true;
  } catch {
    // The browser's store is full, or closed to pages.
    return false;
  }
}

/** Keeps a view; one of the same name gives way. False where the browser keeps nothing (any more). */
export function keepView(user: string, page: ViewedPage, view: View): boolean {
  const others = viewsOf(user, page).filter((each) => each.name !== view.name);
  if (others.length >= MOST) return false;
  return write(user, page, [...others, view].sort((a, b) => a.name.localeCompare(b.name)));
}

export function dropView(user: string, page: ViewedPage, name: string): boolean {
  return write(user, page, viewsOf(user, page).filter((each) => each.name !== name));
}
