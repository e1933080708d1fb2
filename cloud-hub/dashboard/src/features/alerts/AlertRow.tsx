import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import Typography from '@mui/material/Typography';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';
import { SEVERITY_TONE, STATE_TONE } from './alert';
import { useNames } from './useNames';

interface AlertRowProps {
  alert: Alert;
  chosen: boolean;
  /** Whoever only looks chooses nothing. */
  acts: boolean;
  onChoose: (id: string, on: boolean) => void;
  onOpen: (id: string) => void;
  onAcknowledge: (id: string) => void;
}

/** One alert: what, where, since when, who has it, and why nobody hears of it if so. */
export const AlertRow = memo(function AlertRow({ alert, chosen, acts, onChoose, onOpen, onAcknowledge }: AlertRowProps) {
  const { t } = useTranslation('alerts');
  const format = useFormat();
  const names = useNames();
  const now = useNow(15_000);
  const zone = names.zone(alert.store_id);
  const facts = [
    names.store(alert.store_id),
    t('since', { at: format.moment(alert.first_seen_at, 'time', now, zone), age: format.age(alert.first_seen_at, now) }),
    alert.count > 1 && t('times', { count: alert.count, number: format.number(alert.count) }),
    alert.assignee_id ? t('has', { who: names.person(alert.assignee_id) }) : alert.state === 'acknowledged' && alert.by ? t('seenBy', { who: names.by(alert.by) }) : t('hasNobody'),
    alert.comments > 0 && t('comments', { count: alert.comments }),
  ];
  return (
    <Box
      component="li"
      data-alert={alert.id}
      sx={(theme) => ({
        display: 'flex',
        flexWrap: { xs: 'wrap', sm: 'nowrap' },
        columnGap: 1,
        alignItems: 'flex-start',
        paddingBlock: 1.25,
        paddingInline: { xs: 1, sm: 1.5 },
        borderTop: 1,
        borderColor: 'divider',
        borderInlineStart: `4px solid ${theme.palette.tone[alert.state === 'resolved' ? 'quiet' : SEVERITY_TONE[alert.severity]].edge}`,
        backgroundColor: chosen ? theme.palette.tone.info.soft : undefined,
      })}
    >
      {acts && (
        <Checkbox
          checked={chosen}
          onChange={(_, on) => onChoose(alert.id, on)}
          slotProps={{ input: { 'aria-label': t('choose', { title: alert.title, store: names.store(alert.store_id) }) } }}
          sx={{ minWidth: 44, minHeight: 44 }}
        />
      )}
      <Box sx={{ flex: '1 1 0', minWidth: 0, paddingBlock: 0.5, paddingInlineStart: acts ? 0 : 1 }}>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', columnGap: 1, rowGap: 0.5, alignItems: 'center' }}>
          <Typography component="h3" variant="body2" sx={{ fontWeight: 650 }}>
            {alert.title}
          </Typography>
          <StatusChip tone={SEVERITY_TONE[alert.severity]}>{t(`severities.${alert.severity}`)}</StatusChip>
          <StatusChip tone={STATE_TONE[alert.state]} solid={false}>
            {t(`states.${alert.state}`)}
          </StatusChip>
          {alert.flapping && <StatusChip tone="warn">{t('flapping')}</StatusChip>}
          {alert.cleared_at && alert.state !== 'resolved' && <StatusChip tone="good">{t('cleared')}</StatusChip>}
        </Box>
        <Typography variant="body2" sx={{ mt: 0.25 }}>
          {alert.cause}
        </Typography>
        <Asleep alert={alert} zone={zone} />
        <Typography variant="caption" color="textSecondary" component="p" sx={{ m: 0, mt: 0.25 }}>
          {facts.filter(Boolean).join(' · ')}
        </Typography>
      </Box>
      <Box sx={{ flex: 'none', display: 'flex', gap: 0.5, width: { xs: '100%', sm: 'auto' }, justifyContent: 'flex-end' }}>
        {acts && alert.state === 'open' && (
          <Button size="small" aria-label={t('acknowledgeNamed', { title: alert.title, store: names.store(alert.store_id) })} onClick={() => onAcknowledge(alert.id)}>
            {t('act.acknowledge')}
          </Button>
        )}
        <Button size="small" data-open aria-label={t('openNamed', { title: alert.title, store: names.store(alert.store_id) })} onClick={() => onOpen(alert.id)}>
          {t('open')}
        </Button>
      </Box>
    </Box>
  );
});

/** Why nobody hears of it, and until when. */
export function Asleep({ alert, zone }: { alert: Alert; zone?: string }) {
  const { t } = useTranslation('alerts');
  const format = useFormat();
  const names = useNames();
  const at = alert.until ? format.time(alert.until, 'dayTime', zone) : null;
  const text =
    alert.state === 'snoozed' && at
      ? t('snoozedUntil', { at, who: alert.by ? names.by(alert.by) : t('someone') })
      : alert.state === 'suppressed'
        ? t(at ? 'suppressedUntil' : 'suppressed', { cause: alert.suppressed_because ?? '', at: at ?? '' })
        : alert.state === 'resolved' && alert.outcome
          ? t('resolvedAs', { outcome: t(`outcome.${alert.outcome}`), at: alert.resolved_at ? format.time(alert.resolved_at, 'dayTime', zone) : '' })
          : null;
  if (!text) return null;
  return (
    <Typography variant="body2" color="textSecondary" data-asleep sx={{ mt: 0.25, fontWeight: 600 }}>
      {text}
    </Typography>
  );
}
