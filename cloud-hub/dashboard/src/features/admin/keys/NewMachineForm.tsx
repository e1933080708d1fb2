import Checkbox from '@mui/material/Checkbox';
import FormControl from '@mui/material/FormControl';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormGroup from '@mui/material/FormGroup';
import FormHelperText from '@mui/material/FormHelperText';
import FormLabel from '@mui/material/FormLabel';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { NewKey } from '../../../api';
import { serverNow } from '../../../api/clock';
import { useSession } from '../../../app/SessionGate';
import { FormDialog } from '../../../ui/FormDialog';
import { PermissionName } from '../PermissionName';
import { isComplete, ReachField, type Reach } from '../Reach';
import { PEOPLE_ONLY, type MachineKind } from './key';

const DAYS = ['30', '90', '365'] as const;
const DAY_MS = 86_400_000;

interface NewMachineFormProps {
  kind: MachineKind;
  busy: boolean;
  error: unknown;
  onMake: (machine: NewKey) => unknown;
  onClose: () => void;
}

/** What a program is for, what it may do, where, and until when: the same of a key and of a client. */
export function NewMachineForm({ kind, busy, error, onMake, onClose }: NewMachineFormProps) {
  const { t } = useTranslation('admin');
  const { user } = useSession();
  const [name, setName] = useState('');
  const [may, setMay] = useState<readonly string[]>([]);
  const [reach, setReach] = useState<Reach>({ all: user.all_stores, stores: [] });
  const [until, setUntil] = useState<string>('90');
  const [tried, setTried] = useState(false);
  const own = kind === 'keys' ? 'newKey' : 'newClient';
  const submit = () => {
    setTried(true);
    if (!name.trim() || may.length === 0 || !isComplete(reach)) return undefined;
    return onMake({
      name: name.trim(),
      permissions: may as NewKey['permissions'],
      all_stores: reach.all,
      store_ids: reach.all ? [] : [...reach.stores],
      expires_at: new Date(serverNow() + Number(until) * DAY_MS).toISOString(),
    });
  };
  const offered = (user.permissions as readonly string[]).filter((permission) => !PEOPLE_ONLY.has(permission));
  return (
    <FormDialog title={t(`${own}.title`)} submit={t(`${own}.submit`)} onSubmit={submit} onClose={onClose} busy={busy} error={error} maxWidth="sm">
      <TextField
        autoFocus
        required
        label={t('newKey.name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={tried && !name.trim()}
        helperText={tried && !name.trim() ? t(`${own}.nameMissing`) : t('newKey.nameHelp')}
        slotProps={{ htmlInput: { maxLength: 120 } }}
      />
      <FormControl component="fieldset" error={tried && may.length === 0}>
        <FormLabel component="legend">{t('newKey.may')}</FormLabel>
        <FormHelperText sx={{ mx: 0 }}>{tried && may.length === 0 ? t('newKey.mayMissing') : t('newKey.mayHelp')}</FormHelperText>
        <FormGroup sx={{ display: 'grid', gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(2, minmax(0, 1fr))' }, mt: 0.5 }}>
          {offered.map((permission) => (
            <FormControlLabel
              key={permission}
              control={
                <Checkbox
                  checked={may.includes(permission)}
                  onChange={(_, on) => setMay(on ? [...may, permission] : may.filter((each) => each !== permission))}
                />
              }
              label={<PermissionName name={permission} />}
              sx={{ alignItems: 'flex-start', '& .MuiFormControlLabel-label': { pt: 1.1, minWidth: 0 } }}
            />
          ))}
        </FormGroup>
      </FormControl>
      <ReachField value={reach} onChange={setReach} tried={tried} />
      <TextField select label={t('newKey.until')} value={until} onChange={(event) => setUntil(event.target.value)}>
        {DAYS.map((days) => (
          <MenuItem key={days} value={days}>
            {t('newKey.days', { count: Number(days) })}
          </MenuItem>
        ))}
      </TextField>
    </FormDialog>
  );
}
