import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreateEnrolmentToken, useSync } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { CopyLine } from '../../ui/CopyLine';
import { FormDialog } from '../../ui/FormDialog';
import { Icon } from '../../ui/icons';
import { StatusChip } from '../../ui/StatusChip';

const LOOK_MS = 2_000;

/** A one-time token for a new device, and the line to type in the store. */
export function ConnectDevice({ storeId, known }: { storeId: string; known: number }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant={known > 0 ? 'outlined' : 'contained'} startIcon={<Icon name="add" />} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {t('connect.open')}
      </Button>
      {open && <Connect storeId={storeId} called={`box-${known + 1}`} onClose={() => setOpen(false)} />}
    </>
  );
}

/** Gone with its token when it is closed: what is opened again is another one. */
function Connect({ storeId, called, onClose }: { storeId: string; called: string; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [name, setName] = useState(called);
  const [tried, setTried] = useState(false);
  const [create, { data, error, isLoading, startedTimeStamp }] = useCreateEnrolmentToken();
  const lacks = tried && !name.trim();
  const submit = async () => {
    setTried(true);
    if (name.trim()) await create({ tokenRequest: { store_id: storeId, device_name: name.trim() } });
  };
  return (
    <FormDialog title={t('connect.title')} submit={data ? undefined : t('connect.submit')} onSubmit={data ? undefined : submit} onClose={onClose} busy={isLoading} error={error} maxWidth="sm">
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
          <TextField autoFocus required label={t('connect.name')} value={name} onChange={(event) => setName(event.target.value)} error={lacks} helperText={lacks ? t('connect.nameMissing') : undefined} />
        </>
      )}
    </FormDialog>
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
