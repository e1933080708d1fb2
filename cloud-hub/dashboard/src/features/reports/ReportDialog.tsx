import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreateReport, type FileFormat, type ReportOffer } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { FormDialog } from '../../ui/FormDialog';
import { DayField, FormatField, StoreField } from './OrderFields';
import { useReportTitle } from './useReportTitle';

/** Reports about a week that ends on the day asked for. */
const WEEKLY: ReadonlySet<string> = new Set(['weekly_chain', 'shrink_exceptions']);

/** What a report is to be about, before it is made. */
export function ReportDialog({ report, onClose, onMade }: { report: ReportOffer; onClose: () => void; onMade: (job: string) => void }) {
  const { t } = useTranslation('work');
  const format = useFormat();
  const title = useReportTitle()(report);
  const [make, { isLoading, error }] = useCreateReport();
  const [store, setStore] = useState('');
  const [day, setDay] = useState('');
  const [file, setFile] = useState<FileFormat>(report.formats[0] ?? 'pdf');
  const weekly = WEEKLY.has(report.kind);
  const submit = async () => {
    const answer = await make({
      reportOrder: { kind: report.kind, format: file, day: day || null, store_ids: store ? [store] : [], locale: format.locale },
    });
    if (!answer.data) return;
    onClose();
    onMade(answer.data.job_id);
  };
  return (
    <FormDialog title={title} submit={t('gallery.make')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error}>
      <StoreField value={store} onChange={setStore} />
      <DayField label={t(weekly ? 'field.weekEnd' : 'field.day')} value={day} onChange={setDay} help={t(weekly ? 'field.weekHelp' : 'field.dayHelp')} />
      <FormatField value={file} offered={report.formats} onChange={setFile} />
    </FormDialog>
  );
}
