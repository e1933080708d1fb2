import Alert from '@mui/material/Alert';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAlertRoute, useChangeAlertRoute, useCreateAlertRoute, versionOf, type AlertRoute } from '../../../api';
import { PROBLEM, problemOf } from '../../../api/problem';
import { useSession } from '../../../app/SessionGate';
import { FormDialog } from '../../../ui/FormDialog';
import { QueryView, RowsSkeleton } from '../../../ui/states';
import { Conflict, type Difference } from '../Conflict';
import { changeOf, definitionOf, draftOf, isWanting, lacksOf, newDraft, type Draft } from './route';
import { RouteFields } from './RouteFields';
import { useRouteText } from './useRouteText';

interface DialogProps {
  onClose: () => void;
  onDone: (name: string) => void;
}

/** A route to be. */
export function AddRouteDialog({ onClose, onDone }: DialogProps) {
  const { t } = useTranslation('routing');
  const { user } = useSession();
  const [create, { isLoading, error }] = useCreateAlertRoute();
  const [draft, setDraft] = useState<Draft>(newDraft);
  const [tried, setTried] = useState(false);
  const lacks = lacksOf(draft, user.all_stores);
  const submit = async () => {
    setTried(true);
    if (isWanting(lacks)) return;
    const answer = await create({ routeDefinition: definitionOf(draft) });
    if (answer.data) onDone(answer.data.route.name);
  };
  return (
    <FormDialog title={t('add')} submit={t('add')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error} maxWidth="sm">
      <RouteFields value={draft} onChange={(part) => setDraft({ ...draft, ...part })} lacks={tried ? lacks : null} />
    </FormDialog>
  );
}

/** A route, read afresh so that the change names the version it is made to. */
export function ChangeRouteDialog({ id, onClose, onDone }: DialogProps & { id: string }) {
  const { t } = useTranslation('routing');
  const query = useAlertRoute({ id });
  const [read, setRead] = useState<AlertRoute>();
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

function Edit({ read, now, onClose, onDone }: DialogProps & { read: AlertRoute; now: AlertRoute }) {
  const { t } = useTranslation('routing');
  const { user } = useSession();
  const says = useRouteText();
  const [change, { isLoading, error, reset }] = useChangeAlertRoute();
  const [draft, setDraft] = useState<Draft>(() => draftOf(read.route));
  const [tried, setTried] = useState<'lacks' | 'nothing' | null>(null);
  const lacks = lacksOf(draft, user.all_stores);
  const wanted = changeOf(read.route, draft);
  const edit = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part });
    setTried((before) => (before === 'nothing' ? null : before));
    reset();
  };
  const save = async (version: string) => {
    setTried(isWanting(lacks) || wanted ? 'lacks' : 'nothing');
    if (isWanting(lacks) || !wanted) return;
    const answer = await change({ id: read.id, 'If-Match': version, routeChange: wanted });
    // A refused change, too, makes the route be read again: see its tags.
    if (answer.data) onDone(answer.data.route.name);
  };
  const stale = problemOf(error, PROBLEM.stale) !== null;
  const differences: Difference[] = [];
  const put = (field: Difference['field'], theirs: string, mine: string) => {
    if (theirs !== mine) differences.push({ field, theirs, mine });
  };
  if (wanted?.name) put('name', now.route.name, wanted.name);
  if (wanted?.of) put('of', says.of(now.route.of), says.of(wanted.of));
  if (wanted?.steps) put('steps', says.steps(now.route.steps), says.steps(wanted.steps));
  if (wanted && wanted.quiet !== undefined) put('quiet', says.quiet(now.route.quiet), says.quiet(wanted.quiet));
  if (wanted && wanted.tell_resolved !== undefined) put('tell_resolved', says.resolved(now.route.tell_resolved === true), says.resolved(wanted.tell_resolved === true));
  return (
    <FormDialog
      title={t('changeTitle', { name: read.route.name })}
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
      {!stale && <RouteFields value={draft} onChange={edit} lacks={tried === 'lacks' ? lacks : null} />}
    </FormDialog>
  );
}
