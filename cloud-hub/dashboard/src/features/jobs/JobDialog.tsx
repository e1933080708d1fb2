import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { useCancelJob, useJob, type Job, type JobFile } from '../../api';
import { useMay } from '../../app/SessionGate';
import { useFormat } from '../../i18n/useFormat';
import { FormDialog } from '../../ui/FormDialog';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { SimpleTable } from '../../ui/SimpleTable';
import { QueryView, RowsSkeleton } from '../../ui/states';
import { Fact } from '../stores/StoreTable';
import { isOpen, sectionsOf } from './job';
import { JobFileButton } from './JobFileButton';
import { JobProgress } from './JobProgress';
import { OPEN_POLL_MS } from './JobList';
import { useJobText } from './useJobText';

/** One job: how far it is, what came of it, and the way out while it runs. */
export function JobDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation('work');
  const words = useJobText();
  const known = useJob({ id });
  const open = known.data !== undefined && isOpen(known.data);
  const query = useJob({ id }, { pollingInterval: open ? OPEN_POLL_MS : 0, skipPollingIfUnfocused: true });
  return (
    <FormDialog title={query.data ? words.title(query.data) : t('job')} onClose={onClose} maxWidth="sm">
      <QueryView query={query} skeleton={<RowsSkeleton rows={5} />}>
        {(job) => <Content job={job} />}
      </QueryView>
    </FormDialog>
  );
}

function Content({ job }: { job: Job }) {
  const { t } = useTranslation(['work', 'translation']);
  const format = useFormat();
  const may = useMay();
  const words = useJobText();
  const [cancel, cancelling] = useCancelJob();
  const none = t('translation:noValue');
  const at = (instant: string | null) => (instant ? format.time(instant, 'dayTime') : none);
  return (
    <>
      <Typography variant="body2" color="textSecondary">
        {words.detail(job)}
      </Typography>
      <JobProgress job={job} label={words.title(job)} />
      {job.error && (
        <Alert severity={job.state === 'failed' ? 'error' : 'warning'} variant="outlined">
          {t('failedBecause', { count: job.failures, error: job.error })}
        </Alert>
      )}
      <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: 'repeat(2, minmax(0, 1fr))', gap: 1.5, m: 0 }}>
        <Fact label={t('fact.asked')} value={at(job.created_at)} />
        <Fact label={t('fact.by')} value={words.by(job)} />
        <Fact label={t('fact.started')} value={at(job.started_at)} />
        <Fact label={t('fact.ended')} value={at(job.ended_at)} />
        <Fact label={t('fact.id')} value={job.id} />
      </Box>
      {job.file && <File file={job.file} />}
      {Boolean(cancelling.error) && <ProblemAlert error={cancelling.error} />}
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>
        {job.file?.url !== null && <JobFileButton job={job} label={words.title(job)} />}
        {isOpen(job) && may('jobs.write') && (
          <Button
            variant="outlined"
            color="error"
            size="small"
            loading={cancelling.isLoading}
            disabled={job.cancel_requested_at !== null}
            onClick={() => void cancel({ id: job.id })}
          >
            {t('cancelJob')}
          </Button>
        )}
      </Box>
    </>
  );
}

function File({ file }: { file: JobFile }) {
  const { t } = useTranslation('work');
  const format = useFormat();
  const sections = sectionsOf(file.sections);
  const sum = (total: { unit: string | null; sum: string | null }) =>
    total.sum === null ? t('tooLong') : total.unit ? t('withUnit', { sum: format.number(total.sum, 20), unit: total.unit }) : format.number(total.sum, 20);
  const totals = sections.flatMap((section, at) =>
    section.totals.map((total, n) => ({ key: `${at}.${n}`, section: section.heading || t('file.whole'), column: total.column, sum: sum(total) })),
  );
  const said = [...new Set(sections.flatMap((section) => [...section.missing, ...section.notes]))];
  return (
    <Box>
      <Typography variant="h3" component="h3" sx={{ mb: 1 }}>
        {t('file.title')}
      </Typography>
      <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: 'repeat(2, minmax(0, 1fr))', gap: 1.5, m: 0, mb: 1 }}>
        <Fact label={t('file.name')} value={file.name} strong />
        <Fact label={t('file.rows')} value={format.number(file.rows)} strong />
        <Fact label={t('file.size')} value={format.bytes(file.size)} />
        <Fact label={t(file.url ? 'file.until' : 'file.gone')} value={format.time(file.expires_at, 'date')} />
        <Fact label={t('file.digest')} value={<Box component="span" sx={{ fontFamily: 'monospace', fontSize: '0.75rem' }}>{file.digest}</Box>} />
      </Box>
      {totals.length > 0 && (
        <Box sx={{ mx: { xs: -2, sm: -2.5 } }}>
          <SimpleTable
            caption={t('file.totals')}
            rows={totals}
            rowKey={(row) => row.key}
            columns={[
              { key: 'column', label: t('file.column'), cell: (row) => row.column },
              { key: 'section', label: t('file.section'), cell: (row) => row.section },
              { key: 'sum', label: t('file.sum'), number: true, cell: (row) => row.sum },
            ]}
          />
        </Box>
      )}
      {said.length > 0 && (
        <Alert severity="info" variant="outlined" sx={{ mt: 1 }}>
          {said.join(' ')}
        </Alert>
      )}
    </Box>
  );
}
