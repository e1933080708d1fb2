/** The filter of the log as it stands in the URL. Days are the viewer's own. */
export interface AuditFilter {
  area: string;
  who: string;
  from: string;
  to: string;
  object: string;
}

export const AREAS = ['users', 'auth', 'keys', 'clients', 'identity_providers', 'notification_routes', 'mails', 'stores', 'organizations'] as const;
const KEYS = ['area', 'who', 'from', 'to', 'object'] as const;

export function readFilter(params: URLSearchParams): AuditFilter {
  const [area = '', who = '', from = '', to = '', object = ''] = KEYS.map((key) => params.get(key) ?? '');
  return { area: AREAS.some((known) => known === area) ? area : '', who, from, to, object };
}

export function writeFilter(filter: AuditFilter): URLSearchParams {
  return new URLSearchParams(KEYS.flatMap((key) => (filter[key] ? [[key, filter[key]] as [string, string]] : [])));
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The instant a day of the viewer's begins, `later` days on; nothing for what is no day. */
function dayStart(day: string, later: number): string | undefined {
  const [year, month, date] = day.split('-').map(Number);
  if (!year || !month || !date) return undefined;
  const at = new Date(year, month - 1, date + later);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** As the hub is asked: the last day belongs to the span, and half an id asks for nothing yet. */
export function askFor(filter: AuditFilter) {
  return {
    action: filter.area ? `${filter.area}.` : undefined,
    actorId: UUID.test(filter.who) ? filter.who : undefined,
    object: filter.object.trim() || undefined,
    from: filter.from ? dayStart(filter.from, 0) : undefined,
    to: filter.to ? dayStart(filter.to, 1) : undefined,
  };
}
