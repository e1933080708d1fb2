import Box from '@mui/material/Box';
import LinearProgress from '@mui/material/LinearProgress';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';
import { formatDuration } from './duration';
import { elapsedMs, isOpen, percentOf, TONE } from './job';

/** Where a job stands: how much is done of how much, how long it has taken, and how long it still will. */
export function JobProgress({ job, label }: { job: Job; label: string }) {
  const { t } = useTranslation('work');
  const format = useFormat();
  const now = useNow(1_000);
  const running = job.state === 'running';
  const percent = percentOf(job);
  const elapsed = elapsedMs(job, now);
  const left = job.expected_at ? Date.parse(job.expected_at) - now : null;
  const counted = job.total === null ? format.number(job.done) : t('doneOf', { done: format.number(job.done), total: format.number(job.total) });
  const ending = job.cancel_requested_at !== null && isOpen(job);
  return (
    <Box sx={{ display: 'grid', gap: 0.5, minWidth: { sm: 150 } }} data-job-state={job.state}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.75 }}>
        <StatusChip tone={TONE[job.state]}>{t(ending ? 'ending' : `state.${job.state}`)}</StatusChip>
        {job.stalled && <StatusChip tone="warn">{t('stalled')}</StatusChip>}
      </Box>
      {running && (
        <LinearProgress
          aria-label={t('progressOf', { what: label })}
          variant={percent === null ? 'indeterminate' : 'determinate'}
          value={percent ?? undefined}
          color={job.stalled ? 'warning' : 'primary'}
          sx={{ borderRadius: 999, height: 6 }}
        />
      )}
      <Typography variant="caption" color="textSecondary" component="span">
        {[
          (running || (job.done > 0 && job.state !== 'done')) && job.unit && t('counted', { count: job.done, done: counted, unit: job.unit }),
          elapsed !== null && t(isOpen(job) ? 'since' : 'took', { time: formatDuration(elapsed, format.locale) }),
          running && left !== null && left > 0 && t('left', { time: formatDuration(left, format.locale) }),
        ]
          .filter(Boolean)
          .join(' · ')}
      </Typography>
      {job.stalled && (
        <Typography variant="caption" component="span">
          {t('stalledSince', { age: job.moved_at ? format.age(job.moved_at, now) : '' })}
        </Typography>
      )}
      {job.state === 'queued' && job.failures > 0 && (
        <Typography variant="caption" component="span">
          {t('again', { at: format.time(job.run_at, 'time') })}
        </Typography>
      )}
    </Box>
  );
}
