import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { useStores, type FileFormat } from '../../api';

/** The stores a file is about: one, or all of the reach. */
export function StoreField({ value, onChange }: { value: string; onChange: (store: string) => void }) {
  const { t } = useTranslation('work');
  const { data } = useStores();
  const stores = data?.stores ?? [];
  return (
    <TextField
      select
      label={t('field.store')}
      // Until the stores have come, the chosen one cannot be among them.
      value={stores.some((each) => each.id === value) ? value : ''}
      onChange={(event) => onChange(event.target.value)}
      slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
    >
      <MenuItem value="">{t('allStores')}</MenuItem>
      {stores.map((store) => (
        <MenuItem key={store.id} value={store.id}>
          {store.name}
        </MenuItem>
      ))}
    </TextField>
  );
}

export function FormatField({ value, offered, onChange }: { value: FileFormat; offered: readonly FileFormat[]; onChange: (format: FileFormat) => void }) {
  const { t } = useTranslation('work');
  return (
    <TextField select label={t('field.format')} value={value} onChange={(event) => onChange(event.target.value as FileFormat)} helperText={t(`formatMeans.${value}`)}>
      {offered.map((each) => (
        <MenuItem key={each} value={each}>
          {t(`format.${each}`)}
        </MenuItem>
      ))}
    </TextField>
  );
}

interface DayFieldProps {
  label: string;
  value: string;
  help?: string;
  error?: boolean;
  onChange: (day: string) => void;
}

/** A business day; empty where the hub is to choose. */
export function DayField({ label, value, help, error, onChange }: DayFieldProps) {
  return (
    <TextField type="date" label={label} value={value} error={error} helperText={help} onChange={(event) => onChange(event.target.value)} slotProps={{ inputLabel: { shrink: true } }} />
  );
}
