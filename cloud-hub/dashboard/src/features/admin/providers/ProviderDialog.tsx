import Alert from '@mui/material/Alert';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangeIdentityProvider, useCreateIdentityProvider, useIdentityProvider, versionOf, type IdentityProvider } from '../../../api';
import { PROBLEM, problemOf } from '../../../api/problem';
import { useSession } from '../../../app/SessionGate';
import { FormDialog } from '../../../ui/FormDialog';
import { QueryView, RowsSkeleton } from '../../../ui/states';
import { Conflict } from '../Conflict';
import { changeOf, draftOf, lacksOf, NEW, newOf, type Draft } from './provider';
import { ProviderFields } from './ProviderFields';
import { useDifferences } from './useDifferences';

interface DialogProps {
  onClose: () => void;
  onDone: (provider: IdentityProvider) => void;
}

/** Another service that people sign in with. */
export function AddProviderDialog({ onClose, onDone }: DialogProps) {
  const { t } = useTranslation('access');
  const { user } = useSession();
  const [create, { isLoading, error }] = useCreateIdentityProvider();
  const [draft, setDraft] = useState<Draft>({ ...NEW, reach: { all: user.all_stores, stores: [] } });
  const [tried, setTried] = useState(false);
  const lacks = lacksOf(draft, false);
  const submit = async () => {
    setTried(true);
    if (lacks.size > 0) return;
    const answer = await create({ newIdentityProvider: newOf(draft) });
    if (answer.data) onDone(answer.data);
  };
  return (
    <FormDialog title={t('add')} submit={t('add')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error} maxWidth="sm">
      <ProviderFields value={draft} onChange={(part) => setDraft({ ...draft, ...part })} lacks={tried ? lacks : new Set()} kept={false} />
    </FormDialog>
  );
}

/** A service, read afresh so that the change names the version it is made to. */
export function ChangeProviderDialog({ id, onClose, onDone }: DialogProps & { id: string }) {
  const { t } = useTranslation('access');
  const query = useIdentityProvider({ id });
  const [read, setRead] = useState<IdentityProvider>();
  // Later readings are what somebody else made of it; what is edited is the first.
  if (!read && query.data) setRead(query.data);
  if (read) return <Edit read={read} now={query.data ?? read} onClose={onClose} onDone={onDone} />;
  return (
    <FormDialog title={t('change')} onClose={onClose} maxWidth="sm">
      <QueryView query={query} skeleton={<RowsSkeleton rows={5} height={56} />}>
        {() => null}
      </QueryView>
    </FormDialog>
  );
}

function Edit({ read, now, onClose, onDone }: DialogProps & { read: IdentityProvider; now: IdentityProvider }) {
  const { t } = useTranslation('access');
  const [change, { isLoading, error, reset }] = useChangeIdentityProvider();
  const [draft, setDraft] = useState<Draft>(draftOf(read));
  const [tried, setTried] = useState<'lacks' | 'nothing' | null>(null);
  const lacks = lacksOf(draft, read.has_secret && draft.method !== 'none');
  const wanted = changeOf(read, draft);
  const differences = useDifferences(now, wanted);
  const edit = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part });
    setTried((before) => (before === 'nothing' ? null : before));
    reset();
  };
  const save = async (version: string) => {
    setTried(lacks.size > 0 || wanted ? 'lacks' : 'nothing');
    if (lacks.size > 0 || !wanted) return;
    const answer = await change({ id: read.id, 'If-Match': version, identityProviderChange: wanted });
    // A refused change, too, makes the service be read again: see its tags.
    if (answer.data) onDone(answer.data);
  };
  const stale = problemOf(error, PROBLEM.stale) !== null;
  return (
    <FormDialog
      title={t('changeTitle', { name: read.name })}
      submit={stale ? undefined : t('save')}
      onSubmit={() => save(versionOf(read))}
      onClose={onClose}
      busy={isLoading}
      error={stale ? undefined : error}
      maxWidth="sm"
    >
      {stale && versionOf(now) !== versionOf(read) && <Conflict differences={differences} busy={isLoading} onMine={() => void save(versionOf(now))} onTheirs={onClose} />}
      {tried === 'nothing' && (
        <Alert severity="info" variant="outlined" role="status">
          {t('nothing')}
        </Alert>
      )}
      {!stale && <ProviderFields value={draft} onChange={edit} lacks={tried === 'lacks' ? lacks : new Set()} kept={read.has_secret} issuerBefore={read.issuer} />}
    </FormDialog>
  );
}
