import Alert from '@mui/material/Alert';
import Checkbox from '@mui/material/Checkbox';
import FormControl from '@mui/material/FormControl';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormGroup from '@mui/material/FormGroup';
import FormHelperText from '@mui/material/FormHelperText';
import FormLabel from '@mui/material/FormLabel';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreateKey, type MadeKey, type NewKey } from '../../../api';
import { serverNow } from '../../../api/clock';
import { useSession } from '../../../app/SessionGate';
import { CopyLine } from '../../../ui/CopyLine';
import { FormDialog } from '../../../ui/FormDialog';
import { isComplete, ReachField, type Reach } from '../Reach';
import { PermissionName } from '../PermissionName';
import { PEOPLE_ONLY } from './key';

const DAYS = ['30', '90', '365'] as const;
const DAY_MS = 86_400_000;

/** A key for a program. The hub shows it once and keeps only its fingerprint, and so does this page. */
export function NewKeyDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('admin');
  const { user } = useSession();
  const [create, { isLoading, error, reset }] = useCreateKey();
  const [made, setMade] = useState<MadeKey | null>(null);
  const [name, setName] = useState('');
  const [may, setMay] = useState<readonly string[]>([]);
  const [reach, setReach] = useState<Reach>({ all: user.all_stores, stores: [] });
  const [until, setUntil] = useState<string>('90');
  const [tried, setTried] = useState(false);
  if (made) return <Made made={made} onClose={onClose} />;
  const submit = async () => {
    setTried(true);
    if (!name.trim() || may.length === 0 || !isComplete(reach)) return;
    const newKey: NewKey = {
      name: name.trim(),
      permissions: may as NewKey['permissions'],
      all_stores: reach.all,
      store_ids: reach.all ? [] : [...reach.stores],
      expires_at: new Date(serverNow() + Number(until) * DAY_MS).toISOString(),
    };
    const answer = await create({ newMachine: newKey });
    if (!answer.data) return;
    setMade(answer.data);
    // The cache of answers is no place for a secret.
    reset();
  };
  const offered = (user.permissions as readonly string[]).filter((permission) => !PEOPLE_ONLY.has(permission));
  return (
    <FormDialog title={t('newKey.title')} submit={t('newKey.submit')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error} maxWidth="sm">
      <TextField
        autoFocus
        required
        label={t('newKey.name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={tried && !name.trim()}
        helperText={tried && !name.trim() ? t('newKey.nameMissing') : t('newKey.nameHelp')}
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
      <TextField
        select
        label={t('newKey.until')}
        value={until}
        onChange={(event) => setUntil(event.target.value)}
      >
        {DAYS.map((days) => (
          <MenuItem key={days} value={days}>
            {t('newKey.days', { count: Number(days) })}
          </MenuItem>
        ))}
      </TextField>
    </FormDialog>
  );
}

function Made({ made, onClose }: { made: MadeKey; onClose: () => void }) {
  const { t } = useTranslation('admin');
  return (
    <FormDialog title={t('newKey.made')} onClose={onClose} maxWidth="sm">
      <Alert severity="warning" variant="outlined" role="status">
        {t('newKey.once')}
      </Alert>
      <CopyLine label={t('newKey.key')} text={made.key} />
      <Typography variant="body2" component="div">
        {t('newKey.use')}
        <Typography component="pre" variant="body2" sx={{ m: 0, mt: 0.5, whiteSpace: 'pre-wrap', fontFamily: 'monospace' }}>
          {`Authorization: Bearer ${made.key.slice(0, 12)}…`}
        </Typography>
      </Typography>
    </FormDialog>
  );
}
