import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreatePerson, type Person, type Role } from '../../../api';
import { problemOf } from '../../../api/problem';
import { useSession } from '../../../app/SessionGate';
import { FormDialog } from '../../../ui/FormDialog';
import { isComplete, ReachField, type Reach } from '../Reach';
import { RoleField } from '../RoleField';
import { suggestPassword } from './person';

const SHORTEST = 8;

/** A new person: invited by mail, or with a first password, which whoever adds them passes on. */
export function AddPersonDialog({ onClose, onDone }: { onClose: () => void; onDone: (person: Person, invited: boolean) => void }) {
  const { t } = useTranslation('admin');
  const { user } = useSession();
  const [create, { isLoading, error }] = useCreatePerson();
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('store_manager');
  const [invited, setInvited] = useState(false);
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState(false);
  const [reach, setReach] = useState<Reach>({ all: user.all_stores, stores: [] });
  const [tried, setTried] = useState(false);
  const lacksEmail = !/^\S+@\S+$/.test(email.trim());
  const short = !invited && password.length < SHORTEST;
  const submit = async () => {
    setTried(true);
    if (lacksEmail || short || !isComplete(reach)) return;
    const answer = await create({
      newPerson: { email: email.trim(), name: name.trim() || null, role, password: invited ? null : password, all_stores: reach.all, store_ids: reach.all ? [] : [...reach.stores] },
    });
    if (answer.data) onDone(answer.data, invited);
  };
  // The hub's verdict on the password belongs at the password.
  const detail = problemOf(error)?.status === 400 ? (problemOf(error)?.detail ?? '') : '';
  const weak = /password/i.test(detail) ? detail : null;
  return (
    <FormDialog title={t('person.addTitle')} submit={t('person.add')} onSubmit={submit} onClose={onClose} busy={isLoading} error={weak ? undefined : error}>
      <TextField
        autoFocus
        required
        type="email"
        label={t('person.email')}
        value={email}
        autoComplete="off"
        onChange={(event) => setEmail(event.target.value)}
        error={tried && lacksEmail}
        helperText={tried && lacksEmail ? t('person.emailMissing') : undefined}
      />
      <TextField label={t('person.name')} value={name} autoComplete="off" onChange={(event) => setName(event.target.value)} />
      <RoleField value={role} onChange={setRole} />
      <ReachField value={reach} onChange={setReach} tried={tried} />
      <FormControlLabel control={<Checkbox checked={invited} onChange={(_, on) => setInvited(on)} />} label={t('person.invite')} />
      {!invited && (
        <Box>
          <TextField
            required
            fullWidth
            type={shown ? 'text' : 'password'}
            label={t('person.password')}
            value={password}
            autoComplete="new-password"
            onChange={(event) => setPassword(event.target.value)}
            error={(tried && short) || weak !== null}
            helperText={weak ?? (tried && short ? t('person.passwordShort') : t('person.passwordHelp'))}
          />
          <Box sx={{ display: 'flex', gap: 1, mt: 0.5 }}>
            <Button
              size="small"
              onClick={() => {
                setPassword(suggestPassword((bytes) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>)));
                setShown(true);
              }}
            >
              {t('person.suggest')}
            </Button>
            <Button size="small" aria-pressed={shown} onClick={() => setShown((before) => !before)}>
              {t(shown ? 'person.hide' : 'person.show')}
            </Button>
          </Box>
        </Box>
      )}
    </FormDialog>
  );
}
