import Alert from '@mui/material/Alert';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreateExport, type FileFormat } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { FormDialog } from '../../ui/FormDialog';
import { JobDialog } from '../jobs/JobDialog';
import { FormatField } from '../reports/OrderFields';
import { onlyOf, withinDays, type Search } from './search';

const FORMATS = ['csv', 'xlsx', 'pdf'] as const;

/** The lines of a search as a file: as searched, but for business days as a whole. */
export default function ExportDialog({ search, productId, onClose }: { search: Search; productId: string | undefined; onClose: () => void }) {
  const { t } = useTranslation('search');
  const format = useFormat();
  const [make, { isLoading, error }] = useCreateExport();
  const [file, setFile] = useState<FileFormat>('csv');
  const [job, setJob] = useState<string | null>(null);
  const [from, to] = [search.from.slice(0, 10), search.to.slice(0, 10)];
  const only = onlyOf(search, productId);
  const submit = async () => {
    const answer = await make({ exportOrder: { kind: 'lines', format: file, store_ids: search.store ? [search.store] : [], from: from || null, to: to || null, only, locale: format.locale } });
    if (answer.data) setJob(answer.data.job_id);
  };
  if (job) return <JobDialog id={job} onClose={onClose} />;
  return (
    <FormDialog title={t('export.title')} submit={t('export.make')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error}>
      <Typography variant="body2">{t(`export.${only ? 'found' : 'every'}${search.store ? 'OfStore' : 'OfAll'}`)}</Typography>
      <Typography variant="body2">{t(from || to ? 'export.days' : 'export.noDays', { from: from || '…', to: to || '…' })}</Typography>
      {withinDays(search) && (
        <Alert severity="warning" variant="outlined">
          {t('export.whole')}
        </Alert>
      )}
      <FormatField value={file} offered={FORMATS} onChange={setFile} />
    </FormDialog>
  );
}
