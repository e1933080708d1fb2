import Alert from '@mui/material/Alert';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangePerson, usePerson, versionOf, type Person } from '../../../api';
import { PROBLEM, problemOf } from '../../../api/problem';
import { useSession } from '../../../app/SessionGate';
import { FormDialog } from '../../../ui/FormDialog';
import { QueryView, RowsSkeleton } from '../../../ui/states';
import { Conflict, type Difference } from '../Conflict';
import { isComplete, ReachField, sameReach, useReachText } from '../Reach';
import { RoleField } from '../RoleField';
import { calledAs, changeOf, draftOf, type Draft } from './person';

interface ChangePersonProps {
  id: string;
  onClose: () => void;
  onDone: (person: Person) => void;
}

/** Name, role and stores of a person, read afresh so that the change names the version it is made to. */
export function ChangePersonDialog({ id, onClose, onDone }: ChangePersonProps) {
  const { t } = useTranslation('admin');
  const query = usePerson({ id });
  const [read, setRead] = useState<Person>();
  // Later readings are what somebody else made of it; what is edited is the first.
  if (!read && query.data) setRead(query.data);
  if (read) return <Edit read={read} now={query.data ?? read} onClose={onClose} onDone={onDone} />;
  return (
    <FormDialog title={t('people.action.change')} onClose={onClose}>
      <QueryView query={query} skeleton={<RowsSkeleton rows={4} height={56} />}>
        {() => null}
      </QueryView>
    </FormDialog>
  );
}

interface EditProps {
  /** As it was when the dialog opened. */
  read: Person;
  /** As the hub has it now, when a change was refused. */
  now: Person;
  onClose: () => void;
  onDone: (person: Person) => void;
}

function Edit({ read, now, onClose, onDone }: EditProps) {
  const { t } = useTranslation(['admin', 'translation']);
  const { user } = useSession();
  const reachText = useReachText();
  const [change, { isLoading, error, reset }] = useChangePerson();
  const before = draftOf(read);
  const [draft, setDraft] = useState<Draft>(before);
  const [tried, setTried] = useState<'nothing' | 'incomplete' | null>(null);
  const edit = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part });
    setTried(null);
    reset();
  };
  const save = async (version: string) => {
    const wanted = changeOf(before, draft);
    setTried(!isComplete(draft.reach) ? 'incomplete' : wanted ? null : 'nothing');
    if (!wanted || !isComplete(draft.reach)) return;
    const answer = await change({ id: read.id, 'If-Match': version, personChange: wanted });
    // A refused change, too, makes the person be read again: see its tags.
    if (answer.data) onDone(answer.data);
  };
  const stale = problemOf(error, PROBLEM.stale) !== null;
  const known = versionOf(now) !== versionOf(read);
  const theirs = draftOf(now);
  const wanted = changeOf(before, draft) ?? {};
  const differences: Difference[] = [];
  if (wanted.name !== undefined && theirs.name !== wanted.name) differences.push({ field: 'name', theirs: theirs.name, mine: draft.name.trim() });
  if (wanted.role && theirs.role !== wanted.role) {
    differences.push({ field: 'role', theirs: t(`translation:role.${theirs.role}`), mine: t(`translation:role.${wanted.role}`) });
  }
  if (wanted.all_stores !== undefined && !sameReach(theirs.reach, draft.reach)) {
    differences.push({ field: 'reach', theirs: reachText(theirs.reach), mine: reachText(draft.reach) });
  }
  return (
    <FormDialog
      title={t('person.changeTitle', { who: calledAs(read) })}
      submit={stale ? undefined : t('person.save')}
      onSubmit={() => save(versionOf(read))}
      onClose={onClose}
      busy={isLoading}
      error={stale ? undefined : error}
      maxWidth={stale ? 'sm' : 'xs'}
    >
      {stale && known && <Conflict differences={differences} busy={isLoading} onMine={() => void save(versionOf(now))} onTheirs={onClose} />}
      {tried === 'nothing' && (
        <Alert severity="info" variant="outlined" role="status">
          {t('person.nothing')}
        </Alert>
      )}
      {!stale && (
        <>
          <TextField autoFocus label={t('person.name')} value={draft.name} onChange={(event) => edit({ name: event.target.value })} />
          <RoleField value={draft.role} onChange={(role) => edit({ role })} locked={read.id === user.id ? t('person.ownRole') : undefined} />
          <ReachField value={draft.reach} onChange={(reach) => edit({ reach })} tried={tried === 'incomplete'} />
        </>
      )}
    </FormDialog>
  );
}
