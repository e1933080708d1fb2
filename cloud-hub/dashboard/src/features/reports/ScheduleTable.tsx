import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { usePeople, type Schedule } from '../../api';
import { useMay, useSession } from '../../app/SessionGate';
import { useFormat } from '../../i18n/useFormat';
import { SimpleTable, type Column } from '../../ui/SimpleTable';
import { StatusChip } from '../../ui/StatusChip';
import { calledAs } from '../admin/people/person';
import { useJobText } from '../jobs/useJobText';
import { useRhythmText } from './useRhythmText';

interface ScheduleTableProps {
  schedules: Schedule[];
  onChange: (id: string) => void;
  onRest: (schedule: Schedule) => void;
  onDrop: (schedule: Schedule) => void;
  onJob: (id: string) => void;
}

export function ScheduleTable({ schedules, onChange, onRest, onDrop, onJob }: ScheduleTableProps) {
  const { t } = useTranslation('work');
  const format = useFormat();
  const words = useJobText();
  const rhythm = useRhythmText();
  const writes = useMay()('jobs.write');
  const columns: Column<Schedule>[] = [
    {
      key: 'name',
      label: t('schedules.column.name'),
      cell: (schedule) => (
        <Box component="span" sx={{ display: 'block', fontWeight: 650 }}>
          {schedule.name}
          <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block', fontWeight: 400 }}>
            {[words.title(schedule), words.detail(schedule)].filter(Boolean).join(' · ')}
          </Typography>
        </Box>
      ),
    },
    {
      key: 'when',
      label: t('schedules.column.when'),
      cell: (schedule) => (
        <Box component="span" sx={{ display: 'block' }}>
          {rhythm(schedule.pattern)}
          <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block' }}>
            {schedule.timezone}
          </Typography>
        </Box>
      ),
    },
    { key: 'to', label: t('schedules.column.to'), cell: (schedule) => <GoesTo schedule={schedule} /> },
    { key: 'next', label: t('schedules.column.next'), cell: (schedule) => <Next schedule={schedule} /> },
    {
      key: 'last',
      label: t('schedules.column.last'),
      cell: ({ last_run_at, last_job_id, timezone, name }) =>
        last_run_at && last_job_id ? (
          <Button size="small" sx={{ marginInline: -0.625, textAlign: 'start' }} aria-label={t('schedules.lastNamed', { name })} onClick={() => onJob(last_job_id)}>
            {format.time(last_run_at, 'dayTime', timezone)}
          </Button>
        ) : (
          t('schedules.never')
        ),
    },
  ];
  if (writes) {
    columns.push({
      key: 'action',
      label: t('column.action'),
      unlabelled: true,
      cell: (schedule) => (
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.5 }}>
          {/* Only reports are made up here; other work is planned by programs. */}
          {schedule.kind === 'report' && (
            <Button size="small" aria-label={t('schedules.changeNamed', { name: schedule.name })} onClick={() => onChange(schedule.id)}>
              {t('schedules.change')}
            </Button>
          )}
          <Button size="small" aria-label={t(schedule.paused ? 'schedules.wakeNamed' : 'schedules.restNamed', { name: schedule.name })} onClick={() => onRest(schedule)}>
            {t(schedule.paused ? 'schedules.wake' : 'schedules.rest')}
          </Button>
          <Button size="small" color="error" aria-label={t('schedules.dropNamed', { name: schedule.name })} onClick={() => onDrop(schedule)}>
            {t('schedules.drop')}
          </Button>
        </Box>
      ),
    });
  }
  return <SimpleTable caption={t('schedules.title')} columns={columns} rows={schedules} rowKey={(schedule) => schedule.id} />;
}

/** Whom it reaches, by name as far as the viewer may know them. */
function GoesTo({ schedule: { deliver_to, attach } }: { schedule: Schedule }) {
  const { t } = useTranslation('work');
  const may = useMay();
  const { user } = useSession();
  const people = usePeople(undefined, { skip: !may('users.read') }).data?.users ?? [];
  if (deliver_to.length === 0) return t('recipients.nobody');
  const names = deliver_to.flatMap((id) => {
    if (id === user.id) return [t('recipients.me')];
    const person = people.find((each) => each.id === id);
    return person ? [calledAs(person)] : [];
  });
  const others = deliver_to.length - names.length;
  const said = [...names, ...(others > 0 ? [t(names.length > 0 ? 'recipients.more' : 'recipients.count', { count: others })] : [])];
  return (
    <Box component="span" sx={{ display: 'block' }}>
      {said.join(', ')}
      <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block' }}>
        {t(attach ? 'recipients.withFile' : 'recipients.withoutFile')}
      </Typography>
    </Box>
  );
}

/** The next planned times, on the clock of the schedule's zone. */
export function Next({ schedule }: { schedule: Pick<Schedule, 'paused' | 'next_runs' | 'timezone'> }) {
  const { t } = useTranslation('work');
  const format = useFormat();
  if (schedule.paused) return <StatusChip tone="quiet">{t('schedules.paused')}</StatusChip>;
  return (
    <Box component="ol" sx={{ listStyle: 'none', m: 0, p: 0 }}>
      {schedule.next_runs.map((at) => (
        <li key={at}>{format.time(at, 'dayTime', schedule.timezone)}</li>
      ))}
    </Box>
  );
}
