import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { Alarm } from '../../api';
import type { Tone } from '../../app/theme';
import { useFormat } from '../../i18n/useFormat';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';

const TONE: Record<Alarm['severity'], Tone> = { critical: 'bad', warning: 'warn', info: 'info' };

/** One alarm: what, why, since when, and which model said so. */
export function AlarmLine({ alarm, zone }: { alarm: Alarm; zone: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(15_000);
  const open = !alarm.cleared_at;
  const when = alarm.cleared_at
    ? t('alarms.cleared', { from: format.time(alarm.raised_at, 'dayTime', zone), to: format.time(alarm.cleared_at, 'dayTime', zone) })
    : t('alarms.since', { at: format.time(alarm.raised_at, 'dayTime', zone), age: format.age(alarm.raised_at, now) });
  return (
    <Box
      component="li"
      data-alarm={alarm.id}
      sx={{ display: 'flex', gap: 1.5, paddingBlock: 1.5, paddingInline: { xs: 2, sm: 2.5 }, borderTop: 1, borderColor: 'divider' }}
    >
      <Box sx={{ flex: 1, minWidth: 0 }}>
        <Typography variant="body2" sx={{ fontWeight: 600 }}>
          {alarm.reason}
        </Typography>
        <Typography variant="caption" color="textSecondary" component="p" sx={{ m: 0, mt: 0.25 }}>
          {[alarm.subject, t(`alarms.kind.${alarm.kind}`), when, alarm.model && t('alarms.model', { model: alarm.model })].filter(Boolean).join(' · ')}
        </Typography>
      </Box>
      <Box sx={{ flex: 'none' }}>
        <StatusChip tone={open ? TONE[alarm.severity] : 'quiet'}>{open ? t(`alarms.severity.${alarm.severity}`) : t('alarms.over')}</StatusChip>
      </Box>
    </Box>
  );
}
