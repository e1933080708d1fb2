import Autocomplete from '@mui/material/Autocomplete';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useCreateStore } from '../../api';
import { to } from '../../app/routes';
import { FormDialog } from '../../ui/FormDialog';

/** What a store must say about itself before its first sale can be dated and priced. */
export default function AddStoreDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [create, { isLoading, error }] = useCreateStore();
  const [name, setName] = useState('');
  const [city, setCity] = useState('');
  const [zone, setZone] = useState<string>(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [currency, setCurrency] = useState('EUR');
  const [dayStarts, setDayStarts] = useState('04:00');
  const [tried, setTried] = useState(false);
  const lacks = { name: !name.trim(), zone: !zone, currency: !currency, dayStarts: !dayStarts };
  const submit = async () => {
    setTried(true);
    if (Object.values(lacks).some(Boolean)) return;
    const location = { city: city.trim() || null, country: null, address: null };
    const answer = await create({ newStore: { name: name.trim(), location, config: { timezone: zone, currency, day_starts: dayStarts } } });
    if (!answer.data) return;
    onClose();
    await navigate(to.store(answer.data.id, 'sync'));
  };
  return (
    <FormDialog title={t('addStore.title')} submit={t('addStore.submit')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error}>
      <TextField
        autoFocus
        required
        label={t('addStore.name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={tried && lacks.name}
        helperText={tried && lacks.name ? t('addStore.nameMissing') : undefined}
      />
      <TextField label={t('addStore.city')} value={city} onChange={(event) => setCity(event.target.value)} />
      <Autocomplete
        options={Intl.supportedValuesOf('timeZone')}
        value={zone || null}
        onChange={(_, value) => setZone(value ?? '')}
        renderInput={(params) => <TextField {...params} required label={t('addStore.zone')} error={tried && lacks.zone} helperText={t(tried && lacks.zone ? 'addStore.zoneMissing' : 'addStore.zoneHelp')} />}
      />
      <Autocomplete
        options={Intl.supportedValuesOf('currency')}
        value={currency || null}
        onChange={(_, value) => setCurrency(value ?? '')}
        renderInput={(params) => <TextField {...params} required label={t('addStore.currency')} error={tried && lacks.currency} helperText={tried && lacks.currency ? t('addStore.currencyMissing') : undefined} />}
      />
      <TextField
        required
        type="time"
        label={t('addStore.dayStarts')}
        value={dayStarts}
        onChange={(event) => setDayStarts(event.target.value)}
        error={tried && lacks.dayStarts}
        helperText={t(tried && lacks.dayStarts ? 'addStore.dayStartsMissing' : 'addStore.dayStartsHelp')}
        slotProps={{ inputLabel: { shrink: true } }}
      />
    </FormDialog>
  );
}
