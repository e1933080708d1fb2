import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreateExport, type ExportKind, type FileFormat } from '../../api';
import { useMay } from '../../app/SessionGate';
import type { Permission } from '../../api/permissions';
import { useFormat } from '../../i18n/useFormat';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { Section } from '../../ui/Section';
import { Notice } from '../../ui/states';
import { EXPORT_KINDS } from '../jobs/job';
import { JobDialog } from '../jobs/JobDialog';
import { JobList } from '../jobs/JobList';
import { DayField, FormatField, StoreField } from './OrderFields';

const FORMATS = ['csv', 'xlsx', 'pdf'] as const;
const NEEDS: Record<ExportKind, Permission> = {
  sales: 'sales.read', transactions: 'sales.read', lines: 'sales.read', products: 'catalog.read', readings: 'telemetry.read', alarms: 'alerts.read',
};
/** Rows that have a time. */
const DATED = (kind: ExportKind) => kind !== 'products';

/** Rows for other programs: asked for, and fetched when they are there. */
export default function ExportsTab() {
  const { t } = useTranslation('work');
  const may = useMay();
  const [open, setOpen] = useState<string | null>(null);
  return (
    <Box sx={{ display: 'grid', gap: { xs: 1.5, md: 2 } }}>
      <Section title={t('exports.new')}>
        <Order onMade={setOpen} />
      </Section>
      {may('jobs.read') && (
        <Section title={t('exports.runs')} flush>
          <JobList
            asked={{ kind: 'export' }}
            caption={t('exports.runs')}
            onOpen={setOpen}
            empty={<Notice state="empty" icon="download" title={t('exports.empty.title')} text={t('exports.empty.text')} />}
          />
        </Section>
      )}
      {open && <JobDialog id={open} onClose={() => setOpen(null)} />}
    </Box>
  );
}

function Order({ onMade }: { onMade: (job: string) => void }) {
  const { t } = useTranslation('work');
  const format = useFormat();
  const may = useMay();
  const offered = EXPORT_KINDS.filter((each) => may(NEEDS[each]));
  const [make, { isLoading, error }] = useCreateExport();
  const [chosen, setChosen] = useState<ExportKind>(offered[0] ?? 'sales');
  const [store, setStore] = useState('');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [file, setFile] = useState<FileFormat>('csv');
  const turned = from !== '' && to !== '' && from > to;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (turned || isLoading) return;
    const days = DATED(chosen) ? { from: from || null, to: to || null } : {};
    const answer = await make({ exportOrder: { kind: chosen, format: file, store_ids: store ? [store] : [], locale: format.locale, ...days } });
    if (answer.data) onMade(answer.data.job_id);
  };
  return (
    <Box component="form" noValidate onSubmit={submit} sx={{ display: 'grid', gap: 2 }}>
      {Boolean(error) && <ProblemAlert error={error} />}
      <Box sx={{ display: 'grid', gap: 2, alignItems: 'start', gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(2, minmax(0, 1fr))', lg: 'repeat(3, minmax(0, 1fr))' } }}>
        <TextField select label={t('field.rows')} value={chosen} onChange={(event) => setChosen(event.target.value as ExportKind)} helperText={t(`exportMeans.${chosen}`)}>
          {offered.map((each) => (
            <MenuItem key={each} value={each}>
              {t(`export.${each}`)}
            </MenuItem>
          ))}
        </TextField>
        <StoreField value={store} onChange={setStore} />
        <FormatField value={file} offered={FORMATS} onChange={setFile} />
        {DATED(chosen) && (
          <>
            <DayField label={t('field.from')} value={from} onChange={setFrom} help={t('field.fromHelp')} />
            <DayField label={t('field.to')} value={to} onChange={setTo} error={turned} help={t(turned ? 'field.turned' : 'field.toHelp')} />
          </>
        )}
      </Box>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 2 }}>
        <Button type="submit" variant="contained" loading={isLoading}>
          {t('exports.make')}
        </Button>
        <Typography variant="body2" color="textSecondary">
          {t('exports.factor')}
        </Typography>
      </Box>
    </Box>
  );
}
