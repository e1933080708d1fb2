import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { AlertHistory } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { OUTCOMES } from './alert';
import { useNames } from './useNames';

const KNOWN = ['opened', 'repeated', 'returned', 'cleared', 'acknowledged', 'assigned', 'commented', 'snoozed', 'suppressed', 'woken', 'resolved', 'reopened', 'voted'] as const;

/** What happened, who did it, and what they said: oldest first. */
export function AlertTimeline({ history, zone }: { history: AlertHistory[]; zone?: string }) {
  const { t } = useTranslation('alerts');
  const format = useFormat();
  const names = useNames();
  const said = useSaid(zone);
  return (
    <Box component="ol" aria-label={t('history')} sx={{ listStyle: 'none', m: 0, p: 0 }}>
      {history.map((event) => {
        const { what, words } = said(event);
        return (
          <Box component="li" key={event.seq} data-event={event.what} sx={{ display: 'grid', gridTemplateColumns: '1fr', paddingBlock: 0.75, paddingInlineStart: 1.5, borderInlineStart: '2px solid', borderColor: 'divider' }}>
            <Typography variant="body2" sx={{ fontWeight: 600 }}>
              {what}
            </Typography>
            {words && (
              <Typography variant="body2" sx={{ whiteSpace: 'pre-wrap' }}>
                {words}
              </Typography>
            )}
            <Typography variant="caption" color="textSecondary">
              {[format.time(event.at, 'dayTime', zone), names.by(event.by)].join(' · ')}
            </Typography>
          </Box>
        );
      })}
    </Box>
  );
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);

/** An event in words. One that this page does not know yet is named as the hub names it. */
function useSaid(zone?: string) {
  const { t } = useTranslation('alerts');
  const format = useFormat();
  const names = useNames();
  return ({ what, details }: AlertHistory): { what: string; words: string | null } => {
    const kind = KNOWN.find((each) => each === what);
    if (!kind) return { what, words: null };
    const given = details as Record<string, unknown>;
    const until = text(given.until);
    const at = until ? format.time(until, 'dayTime', zone) : '';
    const cause = text(given.cause) ?? text((given.fired as Record<string, unknown> | undefined)?.cause);
    switch (kind) {
      case 'assigned': {
        const to = text(given.to);
        return { what: to ? t('event.assigned', { who: names.person(to) }) : t('event.unassigned'), words: null };
      }
      case 'commented':
        return { what: t('event.commented'), words: text(given.text) };
      case 'snoozed':
        return { what: t('event.snoozed', { at }), words: null };
      case 'suppressed':
        return { what: at ? t('event.suppressedUntil', { at }) : t('event.suppressed'), words: cause };
      case 'resolved': {
        const outcome = OUTCOMES.find((each) => each === given.outcome);
        return { what: t('event.resolved', { outcome: outcome ? t(`outcome.${outcome}`) : '' }), words: text(given.note) };
      }
      case 'cleared':
        return { what: t('event.cleared', { subject: text(given.subject) ?? '' }), words: null };
      case 'voted':
        return { what: t(given.useful === true ? 'event.useful' : 'event.useless'), words: null };
      default:
        return { what: t(`event.${kind}`), words: cause };
    }
  };
}
