import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { SimpleTable, type Column } from '../../ui/SimpleTable';
import { useNow } from '../../ui/useNow';
import { JobFileButton } from './JobFileButton';
import { rowsOf } from './job';
import { JobProgress } from './JobProgress';
import { useJobText } from './useJobText';

interface JobTableProps {
  jobs: Job[];
  caption: string;
  onOpen: (id: string) => void;
  headless?: boolean;
}

export function JobTable({ jobs, caption, onOpen, headless }: JobTableProps) {
  const { t } = useTranslation(['work', 'translation']);
  const format = useFormat();
  const words = useJobText();
  const now = useNow(15_000);
  const columns: Column<Job>[] = [
    {
      key: 'what',
      label: t('column.what'),
      width: '30%',
      cell: (job) => (
        <Box component="span" sx={{ display: 'block', fontWeight: 650 }}>
          {words.title(job)}
          <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block', fontWeight: 400 }}>
            {words.detail(job)}
          </Typography>
        </Box>
      ),
    },
    { key: 'state', label: t('column.state'), width: '26%', cell: (job) => <JobProgress job={job} label={words.title(job)} /> },
    {
      key: 'asked',
      label: t('column.asked'),
      width: '16%',
      cell: (job) => (
        <Box component="span" sx={{ display: 'block' }}>
          {format.moment(job.created_at, 'time', now)}
          <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block' }}>
            {words.by(job)}
          </Typography>
        </Box>
      ),
    },
    {
      key: 'rows',
      label: t('column.rows'),
      width: '8%',
      number: true,
      cell: (job) => {
        const rows = rowsOf(job);
        return rows === null ? t('translation:noValue') : format.number(rows);
      },
    },
    {
      key: 'action',
      label: t('column.action'),
      unlabelled: true,
      width: '20%',
      cell: (job) => (
        <Box sx={{ display: 'flex', flexWrap: { xs: 'wrap', lg: 'nowrap' }, gap: 0.5 }}>
          <Button size="small" aria-label={t('openNamed', { what: words.title(job) })} onClick={() => onOpen(job.id)}>
            {t('open')}
          </Button>
          <JobFileButton job={job} label={words.title(job)} />
        </Box>
      ),
    },
  ];
  return <SimpleTable caption={caption} columns={columns} rows={jobs} rowKey={(job) => job.id} headless={headless} />;
}
