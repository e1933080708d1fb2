import Alert from '@mui/material/Alert';
import Autocomplete from '@mui/material/Autocomplete';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useCreateStore } from '../../api';
import { isApiError } from '../../api/problem';
import { to } from '../../app/routes';

/** What a store must say about itself before its first sale can be dated and priced. */
export default function AddStoreDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const id = useId();
  const navigate = useNavigate();
  const [create, { isLoading, error, reset }] = useCreateStore();
  const [name, setName] = useState('');
  const [city, setCity] = useState('');
  const [zone, setZone] = useState<string>(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [currency, setCurrency] = useState('EUR');
  const [dayStarts, setDayStarts] = useState('04:00');
  const [tried, setTried] = useState(false);
  const close = () => {
    reset();
    setTried(false);
    onClose();
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!name.trim() || !zone || !currency) return;
    const location = { city: city.trim() || null, country: null, address: null };
    const answer = await create({ newStore: { name: name.trim(), location, config: { timezone: zone, currency, day_starts: dayStarts } } });
    if (!answer.data) return;
    close();
    await navigate(to.store(answer.data.id, 'sync'));
  };
  const problem = isApiError(error) && error.kind === 'problem' ? error.problem : null;
  return (
    <Dialog open={open} onClose={close} aria-labelledby={id} fullWidth maxWidth="xs">
      <form noValidate onSubmit={submit}>
        <DialogTitle id={id}>{t('addStore.title')}</DialogTitle>
        <DialogContent>
          <Box sx={{ display: 'grid', gap: 2, pt: 1 }}>
            {Boolean(error) && (
              <Alert severity="error" role="alert" variant="outlined">
                {problem?.detail ?? problem?.title ?? t('problem.unreachable.text')}
              </Alert>
            )}
            <TextField
              autoFocus
              required
              label={t('addStore.name')}
              value={name}
              onChange={(event) => setName(event.target.value)}
              error={tried && !name.trim()}
              helperText={tried && !name.trim() ? t('addStore.nameMissing') : undefined}
            />
            <TextField label={t('addStore.city')} value={city} onChange={(event) => setCity(event.target.value)} />
            <Autocomplete
              options={Intl.supportedValuesOf('timeZone')}
              value={zone}
              onChange={(_, value) => setZone(value ?? '')}
              renderInput={(params) => <TextField {...params} required label={t('addStore.zone')} helperText={t('addStore.zoneHelp')} />}
            />
            <Autocomplete
              options={Intl.supportedValuesOf('currency')}
              value={currency}
              onChange={(_, value) => setCurrency(value ?? '')}
              renderInput={(params) => <TextField {...params} required label={t('addStore.currency')} />}
            />
            <TextField
              type="time"
              label={t('addStore.dayStarts')}
              value={dayStarts}
              onChange={(event) => setDayStarts(event.target.value)}
              helperText={t('addStore.dayStartsHelp')}
              slotProps={{ inputLabel: { shrink: true } }}
            />
          </Box>
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button onClick={close}>{t('cancel')}</Button>
          <Button type="submit" variant="contained" loading={isLoading}>
            {t('addStore.submit')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
