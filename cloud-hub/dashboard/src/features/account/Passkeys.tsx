import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAddPasskey, useBeginPasskey, usePasskeys, useRemovePasskey, useRenamePasskey, type Passkey } from '../../api';
import { hasPasskeys, makePasskey } from '../../api/passkey';
import { useFormat } from '../../i18n/useFormat';
import { FormDialog } from '../../ui/FormDialog';
import { Icon } from '../../ui/icons';
import { Section } from '../../ui/Section';
import { SimpleTable, type Column } from '../../ui/SimpleTable';
import { Notice, QueryView, RowsSkeleton } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';

/** Keys in devices that sign in without a password. */
export function Passkeys() {
  const { t } = useTranslation('account');
  const query = usePasskeys();
  const [adding, setAdding] = useState(false);
  const [renaming, setRenaming] = useState<Passkey | null>(null);
  const [removing, setRemoving] = useState<Passkey | null>(null);
  const able = hasPasskeys();
  const add = able && (
    <Button size="small" variant="outlined" startIcon={<Icon name="add" />} onClick={() => setAdding(true)}>
      {t('passkeys.add')}
    </Button>
  );
  const alone = query.data?.passkeys.length === 1 && !query.data.passkeys[0]?.backed_up;
  return (
    <Section title={t('passkeys.title')} asOf={query.data?.as_of} flush actions={query.data && query.data.passkeys.length > 0 && add}>
      <Box sx={{ '& > *': { mx: { xs: 2, sm: 2.5 }, mb: 1.5 } }}>
        {!able && (
          <Alert severity="info" variant="outlined">
            {t('passkeys.unable')}
          </Alert>
        )}
        {alone && (
          <Alert severity="warning" variant="outlined">
            {t('passkeys.alone')}
          </Alert>
        )}
      </Box>
      <QueryView
        query={query}
        skeleton={<RowsSkeleton rows={2} height={52} />}
        empty={(data) => (data.passkeys.length === 0 ? <Notice state="empty" icon="lock" title={t('passkeys.empty.title')} text={t('passkeys.empty.text')} action={add || undefined} /> : null)}
      >
        {(data) => <Table passkeys={data.passkeys} onRename={setRenaming} onRemove={setRemoving} />}
      </QueryView>
      {adding && <Add onClose={() => setAdding(false)} />}
      {renaming && <Rename passkey={renaming} onClose={() => setRenaming(null)} />}
      {removing && <Remove passkey={removing} onClose={() => setRemoving(null)} />}
    </Section>
  );
}

function Table({ passkeys, onRename, onRemove }: { passkeys: Passkey[]; onRename: (passkey: Passkey) => void; onRemove: (passkey: Passkey) => void }) {
  const { t } = useTranslation('account');
  const format = useFormat();
  const now = useNow(60_000);
  const columns: Column<Passkey>[] = [
    {
      key: 'name',
      label: t('passkeys.column.name'),
      cell: (passkey) => (
        <Box component="span" sx={{ display: 'inline-flex', flexWrap: 'wrap', gap: 1, fontWeight: 650 }}>
          {passkey.name}
          {passkey.backed_up && <StatusChip tone="good">{t('passkeys.backedUp')}</StatusChip>}
        </Box>
      ),
    },
    { key: 'since', label: t('passkeys.column.since'), cell: (passkey) => format.time(passkey.created_at, 'date') },
    { key: 'used', label: t('passkeys.column.used'), cell: (passkey) => (passkey.last_used_at ? format.age(passkey.last_used_at, now) : t('passkeys.never')) },
    {
      key: 'action',
      label: t('passkeys.column.action'),
      unlabelled: true,
      cell: (passkey) => (
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.5 }}>
          <Button size="small" aria-label={t('passkeys.renameNamed', { name: passkey.name })} onClick={() => onRename(passkey)}>
            {t('passkeys.rename')}
          </Button>
          <Button size="small" color="error" aria-label={t('passkeys.removeNamed', { name: passkey.name })} onClick={() => onRemove(passkey)}>
            {t('passkeys.remove')}
          </Button>
        </Box>
      ),
    },
  ];
  return <SimpleTable caption={t('passkeys.title')} columns={columns} rows={passkeys} rowKey={(passkey) => passkey.id} />;
}

function Add({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('account');
  const [begin, beginning] = useBeginPasskey();
  const [add, adding] = useAddPasskey();
  const [name, setName] = useState('');
  const [asking, setAsking] = useState(false);
  const [wrong, setWrong] = useState<'name' | 'none' | null>(null);
  const submit = async () => {
    setWrong(name.trim() ? null : 'name');
    if (!name.trim()) return;
    const begun = await begin();
    if (!begun.data) return;
    setAsking(true);
    const credential = await makePasskey(begun.data.options);
    setAsking(false);
    if (!credential) return setWrong('none');
    const answer = await add({ newPasskey: { name: name.trim(), credential } });
    if (answer.data) onClose();
  };
  return (
    <FormDialog title={t('passkeys.add')} submit={t('passkeys.make')} onSubmit={submit} onClose={onClose} busy={beginning.isLoading || asking || adding.isLoading} error={beginning.error ?? adding.error}>
      {wrong === 'none' && (
        <Alert severity="warning" variant="outlined" role="alert">
          {t('passkeys.none')}
        </Alert>
      )}
      <Typography variant="body2">{t('passkeys.text')}</Typography>
      <TextField autoFocus required label={t('passkeys.name')} value={name} onChange={(event) => setName(event.target.value)} error={wrong === 'name'} helperText={t(wrong === 'name' ? 'passkeys.nameMissing' : 'passkeys.nameHelp')} slotProps={{ htmlInput: { maxLength: 60 } }} />
    </FormDialog>
  );
}

function Rename({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const { t } = useTranslation('account');
  const [rename, { isLoading, error }] = useRenamePasskey();
  const [name, setName] = useState(passkey.name);
  const submit = async () => {
    if (!name.trim()) return;
    const answer = await rename({ id: passkey.id, passkeyChange: { name: name.trim() } });
    if (answer.data) onClose();
  };
  return (
    <FormDialog title={t('passkeys.rename')} submit={t('passkeys.rename')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error}>
      <TextField autoFocus required label={t('passkeys.name')} value={name} onChange={(event) => setName(event.target.value)} error={!name.trim()} helperText={name.trim() ? undefined : t('passkeys.nameMissing')} slotProps={{ htmlInput: { maxLength: 60 } }} />
    </FormDialog>
  );
}

function Remove({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const { t } = useTranslation('account');
  const [remove, { isLoading, error }] = useRemovePasskey();
  const submit = async () => {
    const answer = await remove({ id: passkey.id });
    if (!answer.error) onClose();
  };
  return (
    <FormDialog title={t('passkeys.removeTitle', { name: passkey.name })} submit={t('passkeys.remove')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error} grave>
      <Typography variant="body2">{t('passkeys.removeText')}</Typography>
    </FormDialog>
  );
}
