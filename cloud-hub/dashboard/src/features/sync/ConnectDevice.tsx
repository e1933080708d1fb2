import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreateEnrolmentToken, useSync } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { CopyLine } from '../../ui/CopyLine';
import { Icon } from '../../ui/icons';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { StatusChip } from '../../ui/StatusChip';

const LOOK_MS = 2_000;

/** A one-time token for a new device, and the line to type in the store. */
export function ConnectDevice({ storeId, known }: { storeId: string; known: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const id = useId();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [create, { data, error, isLoading, reset, startedTimeStamp }] = useCreateEnrolmentToken();
  const start = () => {
    setName(`box-${known + 1}`);
    setOpen(true);
  };
  const close = () => {
    setOpen(false);
    reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) void create({ tokenRequest: { store_id: storeId, device_name: name.trim() } });
  };
  return (
    <>
      <Button variant={known > 0 ? 'outlined' : 'contained'} startIcon={<Icon name="add" />} onClick={start}>
        {t('connect.open')}
      </Button>
      <Dialog open={open} onClose={close} aria-labelledby={id} fullWidth maxWidth="sm">
        <form noValidate onSubmit={submit}>
          <DialogTitle id={id}>{t('connect.title')}</DialogTitle>
          <DialogContent>
            <Box sx={{ display: 'grid', gap: 2, pt: 1 }}>
              {Boolean(error) && <ProblemAlert error={error} />}
              {data ? (
                <>
                  <Typography variant="body2">{t('connect.run')}</Typography>
                  <CopyLine label={t('connect.command')} text={`vyavs-edge enrol --hub ${location.origin} --token ${data.token}`} />
                  <Typography variant="caption" color="textSecondary">
                    {t('connect.until', { at: format.time(data.expires_at, 'dayTime') })}
                  </Typography>
                  <Arrival storeId={storeId} name={name.trim()} madeAt={startedTimeStamp ?? 0} />
                </>
              ) : (
                <>
                  <Typography variant="body2">{t('connect.lead')}</Typography>
                  <TextField autoFocus required label={t('connect.name')} value={name} onChange={(event) => setName(event.target.value)} />
                </>
              )}
            </Box>
          </DialogContent>
          <DialogActions sx={{ p: 2 }}>
            <Button onClick={close}>{t(data ? 'close' : 'cancel')}</Button>
            {!data && (
              <Button type="submit" variant="contained" loading={isLoading}>
                {t('connect.submit')}
              </Button>
            )}
          </DialogActions>
        </form>
      </Dialog>
    </>
  );
}

/** Whether the device has come, as the hub sees it: what was typed in the store shows here by itself. */
function Arrival({ storeId, name, madeAt }: { storeId: string; name: string; madeAt: number }) {
  const { t } = useTranslation();
  const { data } = useSync({ id: storeId }, { pollingInterval: LOOK_MS });
  const [before] = useState(() => new Set(data?.devices.map((each) => each.device_id)));
  const device = data?.devices.find((each) => each.name === name && (!before.has(each.device_id) || Date.parse(each.last_heard_at ?? '') > madeAt));
  const step = !device ? 'waiting' : device.last_heard_at ? 'heard' : 'enrolled';
  return (
    <Box role="status">
      <StatusChip tone={step === 'heard' ? 'good' : 'quiet'}>{t(`connect.${step}`, { name })}</StatusChip>
    </Box>
  );
}
