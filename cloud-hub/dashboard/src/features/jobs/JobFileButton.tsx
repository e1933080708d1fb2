import Button from '@mui/material/Button';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../api';
import { useSaveFile } from '../../api/save';
import { useMay } from '../../app/SessionGate';
import { Icon } from '../../ui/icons';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { fileOf } from './job';

/** The file of a job that made one, for whoever may take it. */
export function JobFileButton({ job, label }: { job: Pick<Job, 'kind' | 'id' | 'state'>; label: string }) {
  const { t } = useTranslation('work');
  const may = useMay();
  const [save, { isLoading, error }] = useSaveFile();
  const url = fileOf(job);
  if (!url || !may(job.kind === 'export' ? 'exports.create' : 'reports.read')) return null;
  return (
    <>
      <Button
        size="small"
        startIcon={<Icon name="download" />}
        loading={isLoading}
        aria-label={t('downloadNamed', { what: label })}
        onClick={() => void save({ url, name: job.kind })}
      >
        {t('download')}
      </Button>
      {Boolean(error) && <ProblemAlert error={error} />}
    </>
  );
}
