import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { usePeople, usePrivacyRequests, useRotateKeys, type PrivacyRequest } from '../../../api';
import type { Tone } from '../../../app/theme';
import { useFormat } from '../../../i18n/useFormat';
import { FormDialog } from '../../../ui/FormDialog';
import { Icon } from '../../../ui/icons';
import { Section } from '../../../ui/Section';
import { SimpleTable, type Column } from '../../../ui/SimpleTable';
import { Notice, QueryView, RowsSkeleton } from '../../../ui/states';
import { StatusChip } from '../../../ui/StatusChip';
import { useMay } from '../../../app/SessionGate';
import { useNow } from '../../../ui/useNow';
import { POLL_MS } from '../../poll';
import { calledAs } from '../people/person';
import { NewRequestDialog } from './NewRequestDialog';
import { RequestDialog } from './RequestDialog';

const OPEN_POLL_MS = 3_000;
const TONE: Record<string, Tone> = { preview: 'warn', running: 'info', done: 'good' };

/** What people asked for under the law: to see what is kept, to take it along, to be erased; and by when. */
export default function PrivacyTab() {
  const { t } = useTranslation('office');
  const [params, setParams] = useSearchParams();
  const known = usePrivacyRequests({ limit: 100 });
  const running = known.data?.requests.some((each) => each.state === 'running') ?? false;
  const query = usePrivacyRequests({ limit: 100 }, { pollingInterval: running ? OPEN_POLL_MS : POLL_MS, skipPollingIfUnfocused: true });
  const [adding, setAdding] = useState(false);
  const [rotating, setRotating] = useState(false);
  const [rotated, setRotated] = useState(false);
  const open = params.get('request');
  const show = (id: string | null) => setParams(id ? { request: id } : {}, { replace: id === null });
  const add = (
    <Button variant="contained" startIcon={<Icon name="add" />} onClick={() => setAdding(true)}>
      {t('privacy.add')}
    </Button>
  );
  return (
    <Section
      title={t('privacy.title')}
      asOf={query.data?.as_of}
      flush
      actions={
        <>
          <Button size="small" onClick={() => setRotating(true)}>
            {t('privacy.rotate')}
          </Button>
          {query.data && query.data.requests.length > 0 && add}
        </>
      }
    >
      <Box role="status" sx={{ '& > *': { mx: { xs: 2, sm: 2.5 }, mb: 1.5 } }}>
        {rotated && (
          <Alert severity="success" variant="outlined" onClose={() => setRotated(false)}>
            {t('privacy.rotated')}
          </Alert>
        )}
      </Box>
      <QueryView
        query={query}
        skeleton={<RowsSkeleton rows={4} height={56} />}
        empty={(data) => (data.requests.length === 0 ? <Notice state="empty" icon="shield" title={t('privacy.empty.title')} text={t('privacy.empty.text')} action={add} /> : null)}
      >
        {(data) => <Table requests={data.requests} onOpen={show} />}
      </QueryView>
      {adding && <NewRequestDialog onClose={() => setAdding(false)} onMade={show} />}
      {open && <RequestDialog id={open} onClose={() => show(null)} />}
      {rotating && (
        <Rotate
          onClose={() => setRotating(false)}
          onDone={() => {
            setRotating(false);
            setRotated(true);
          }}
        />
      )}
    </Section>
  );
}

/** A request's state in a word; one that this page does not know keeps the hub's. */
export function RequestState({ request }: { request: PrivacyRequest }) {
  const { t } = useTranslation('office');
  const known = (['preview', 'running', 'done'] as const).find((each) => each === request.state);
  return <StatusChip tone={TONE[request.state] ?? 'quiet'}>{known ? t(`privacy.state.${known}`) : request.state}</StatusChip>;
}

/** Whom it is about: a colleague by name, a customer by the pseudonym that is kept. */
export function useSubject(): (request: PrivacyRequest) => string {
  const { t } = useTranslation('office');
  const may = useMay();
  const people = usePeople(undefined, { skip: !may('users.read') }).data?.users ?? [];
  return ({ subject }) => {
    if (!subject) return t('privacy.erased');
    const person = people.find((each) => each.id === subject);
    return person ? calledAs(person) : subject;
  };
}

const KINDS = ['access', 'portability', 'erasure'] as const;

function Table({ requests, onOpen }: { requests: PrivacyRequest[]; onOpen: (id: string) => void }) {
  const { t } = useTranslation('office');
  const format = useFormat();
  const now = useNow(60_000);
  const subject = useSubject();
  const kind = (each: PrivacyRequest) => {
    const known = KINDS.find((name) => name === each.kind);
    return known ? t(`privacy.kind.${known}`) : each.kind;
  };
  const columns: Column<PrivacyRequest>[] = [
    {
      key: 'what',
      label: t('privacy.column.what'),
      width: '40%',
      cell: (each) => (
        <Box component="span" sx={{ display: 'block', fontWeight: 650 }}>
          {kind(each)}
          <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block', fontWeight: 400 }}>
            {[each.about === 'customer' ? t('privacy.customer') : each.about === 'person' ? t('privacy.person') : each.about, subject(each)].join(' · ')}
          </Typography>
        </Box>
      ),
    },
    { key: 'state', label: t('privacy.column.state'), cell: (each) => <RequestState request={each} /> },
    { key: 'asked', label: t('privacy.column.asked'), cell: (each) => format.time(each.created_at, 'date') },
    {
      key: 'due',
      label: t('privacy.column.due'),
      cell: (each) =>
        each.ended_at ? (
          t('privacy.answered', { at: format.time(each.ended_at, 'date') })
        ) : (
          <Box component="span" sx={{ display: 'inline-flex', flexWrap: 'wrap', gap: 1 }}>
            {format.time(each.due_at, 'date')}
            {Date.parse(each.due_at) < now && <StatusChip tone="bad">{t('privacy.late')}</StatusChip>}
          </Box>
        ),
    },
    {
      key: 'action',
      label: t('privacy.column.action'),
      unlabelled: true,
      cell: (each) => (
        <Button size="small" aria-label={t('privacy.openNamed', { what: kind(each), at: format.time(each.created_at, 'date') })} onClick={() => onOpen(each.id)}>
          {t('privacy.open')}
        </Button>
      ),
    },
  ];
  return <SimpleTable caption={t('privacy.title')} columns={columns} rows={requests} rowKey={(each) => each.id} />;
}

function Rotate({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation('office');
  const [rotate, { isLoading, error }] = useRotateKeys();
  const submit = async () => {
    const answer = await rotate();
    if (answer.data) onDone();
  };
  return (
    <FormDialog title={t('privacy.rotate')} submit={t('privacy.rotateNow')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error}>
      <Typography variant="body2">{t('privacy.rotateText')}</Typography>
    </FormDialog>
  );
}
