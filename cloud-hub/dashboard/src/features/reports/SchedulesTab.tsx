import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangeSchedule, useDeleteSchedule, useReadSchedule, useSchedules, versionOf, type Schedule } from '../../api';
import { useMay } from '../../app/SessionGate';
import { FormDialog } from '../../ui/FormDialog';
import { Icon } from '../../ui/icons';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { Section } from '../../ui/Section';
import { Notice, QueryView, RowsSkeleton } from '../../ui/states';
import { JobDialog } from '../jobs/JobDialog';
import { POLL_MS } from '../poll';
import { ScheduleDialog } from './ScheduleDialog';
import { ScheduleTable } from './ScheduleTable';

/** What starts by itself, when next, on which clock. */
export default function SchedulesTab() {
  const { t } = useTranslation('work');
  const may = useMay();
  const query = useSchedules(undefined, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  const [making, setMaking] = useState(false);
  const [changing, setChanging] = useState<string | null>(null);
  const [dropping, setDropping] = useState<Schedule | null>(null);
  const [open, setOpen] = useState<string | null>(null);
  const [rest, resting] = useRest();
  const make = may('jobs.write') && may('reports.read') && (
    <Button variant="contained" startIcon={<Icon name="add" />} onClick={() => setMaking(true)}>
      {t('schedules.add')}
    </Button>
  );
  return (
    <Section title={t('schedules.title')} asOf={query.data?.as_of} flush actions={query.data && query.data.schedules.length > 0 && make}>
      <Box role="status" sx={{ '& > *': { mx: { xs: 2, sm: 2.5 }, mb: 1.5 } }}>
        {Boolean(resting) && <ProblemAlert error={resting} />}
      </Box>
      <QueryView
        query={query}
        skeleton={<RowsSkeleton rows={4} height={64} />}
        empty={(data) =>
          data.schedules.length === 0 ? <Notice state="empty" icon="sync" title={t('schedules.empty.title')} text={t('schedules.empty.text')} action={make} /> : null
        }
      >
        {(data) => (
          <ScheduleTable schedules={data.schedules} onChange={setChanging} onRest={(schedule) => void rest(schedule)} onDrop={setDropping} onJob={setOpen} />
        )}
      </QueryView>
      {making && <ScheduleDialog id={null} onClose={() => setMaking(false)} />}
      {changing && <ScheduleDialog id={changing} onClose={() => setChanging(null)} />}
      {dropping && <Drop schedule={dropping} onClose={() => setDropping(null)} />}
      {open && <JobDialog id={open} onClose={() => setOpen(null)} />}
    </Section>
  );
}

/** Lets a schedule rest, or start again: at the version that is the newest now. */
function useRest(): [(schedule: Schedule) => Promise<void>, unknown] {
  const [read, reading] = useReadSchedule();
  const [change, changing] = useChangeSchedule();
  const rest = async ({ id, paused }: Schedule) => {
    const newest = await read({ id });
    if (newest.data) await change({ id, 'If-Match': versionOf(newest.data), scheduleChange: { paused: !paused } });
  };
  return [rest, changing.error ?? reading.error];
}

function Drop({ schedule, onClose }: { schedule: Schedule; onClose: () => void }) {
  const { t } = useTranslation('work');
  const [drop, { isLoading, error }] = useDeleteSchedule();
  const submit = async () => {
    const answer = await drop({ id: schedule.id });
    if (!answer.error) onClose();
  };
  return (
    <FormDialog title={t('schedules.dropTitle', { name: schedule.name })} submit={t('schedules.drop')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error} grave>
      <Typography variant="body2">{t('schedules.dropText')}</Typography>
    </FormDialog>
  );
}
