import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { CaseEntry } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { useNames } from '../alerts/useNames';
import { FINDINGS } from './case';

const KNOWN = ['opened', 'review_started', 'linked', 'unlinked', 'commented', 'assigned', 'close_proposed', 'close_refused', 'closed', 'reopened', 'exported'] as const;
const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);

/** Every entry with its hash, oldest first. */
export function CaseTimeline({ entries, store }: { entries: CaseEntry[]; store: string }) {
  const { t } = useTranslation('cases');
  const format = useFormat();
  const names = useNames();
  const zone = names.zone(store);
  const said = ({ what, details }: CaseEntry): { what: string; words: string | null } => {
    const kind = KNOWN.find((each) => each === what);
    if (!kind) return { what, words: null };
    const given = details as Record<string, unknown>;
    const finding = FINDINGS.find((each) => each === given.finding);
    const to = text(given.to);
    const words = text(given.text) ?? text(given.note) ?? text(given.cause);
    if (kind === 'assigned') return { what: to ? t('entry.assigned', { who: names.person(to) }) : t('entry.unassigned'), words: null };
    if (kind === 'close_proposed' || kind === 'closed') return { what: t(`entry.${kind}`, { finding: finding ? t(`finding.${finding}`) : '' }), words };
    return { what: t(`entry.${kind}`), words };
  };
  return (
    <Box component="ol" aria-label={t('timeline')} sx={{ listStyle: 'none', m: 0, p: 0 }}>
      {entries.map((entry) => {
        const { what, words } = said(entry);
        return (
          <Box component="li" key={entry.seq} data-entry={entry.what} sx={{ paddingBlock: 0.75, paddingInlineStart: 1.5, borderInlineStart: '2px solid', borderColor: 'divider' }}>
            <Typography variant="body2" sx={{ fontWeight: 600 }}>
              {what}
            </Typography>
            {words && (
              <Typography variant="body2" sx={{ whiteSpace: 'pre-wrap' }}>
                {words}
              </Typography>
            )}
            <Typography variant="caption" color="textSecondary" component="div">
              {[format.time(entry.at, 'dayTime', zone), names.by(entry.by)].join(' · ')}
            </Typography>
            <Typography variant="caption" color="textSecondary" component="div" sx={{ fontFamily: 'monospace', fontSize: '0.75rem' }}>
              {t('hash', { seq: format.number(entry.seq), hash: entry.hash.slice(0, 16) })}
            </Typography>
          </Box>
        );
      })}
    </Box>
  );
}
