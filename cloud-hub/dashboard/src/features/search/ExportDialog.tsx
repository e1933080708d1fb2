import Alert from '@mui/material/Alert';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreateExport, type FileFormat } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { FormDialog } from '../../ui/FormDialog';
import { JobDialog } from '../jobs/JobDialog';
import { FormatField } from '../reports/OrderFields';
import { beyondExport, type Search } from './search';

const FORMATS = ['csv', 'xlsx', 'pdf'] as const;

/** The lines of a search as a file: by store and business day, which is all that an export can be narrowed by. */
export default function ExportDialog({ search, onClose }: { search: Search; onClose: () => void }) {
  const { t } = useTranslation('search');
  const format = useFormat();
  const [make, { isLoading, error }] = useCreateExport();
  const [file, setFile] = useState<FileFormat>('csv');
  const [job, setJob] = useState<string | null>(null);
  const [from, to] = [search.from.slice(0, 10), search.to.slice(0, 10)];
  const left = beyondExport(search).map((key) => t(`field.${key}`));
  const submit = async () => {
    const answer = await make({ exportOrder: { kind: 'lines', format: file, store_ids: search.store ? [search.store] : [], from: from || null, to: to || null, locale: format.locale } });
    if (answer.data) setJob(answer.data.job_id);
  };
  if (job) return <JobDialog id={job} onClose={onClose} />;
  return (
    <FormDialog title={t('export.title')} submit={t('export.make')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error}>
      <Typography variant="body2">{t(search.store ? 'export.ofStore' : 'export.ofAll')}</Typography>
      <Typography variant="body2">{t(from || to ? 'export.days' : 'export.noDays', { from: from || '…', to: to || '…' })}</Typography>
      {left.length > 0 && (
        <Alert severity="warning" variant="outlined">
          {t('export.left', { fields: left.join(', ') })}
        </Alert>
      )}
      <FormatField value={file} offered={FORMATS} onChange={setFile} />
    </FormDialog>
  );
}
