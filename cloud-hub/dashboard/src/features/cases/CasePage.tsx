import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { Suspense, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useAddCaseEntry, useCase, useCloseCase, type CaseDetail } from '../../api';
import { useSaveFile } from '../../api/save';
import { Needs } from '../../app/Needs';
import { to } from '../../app/routes';
import { useMay, useSession } from '../../app/SessionGate';
import { lazyPage } from '../../i18n/lazyPage';
import { useFormat } from '../../i18n/useFormat';
import { Icon } from '../../ui/icons';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { Section } from '../../ui/Section';
import { QueryView, RowsSkeleton } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { Fact } from '../stores/StoreTable';
import { useNames } from '../alerts/useNames';
import { POLL_MS } from '../poll';
import { actsIn, TONE, type Act } from './case';
import { CaseDialog, type AskedAct } from './CaseDialog';
import { CaseLinks } from './CaseLinks';
import { CaseTimeline } from './CaseTimeline';

const LinkDialog = lazyPage(['cases', 'search'], () => import('./LinkDialog'));

/** One case: where it stands, what it rests on, and everything that happened, in a chain that nobody rewrites unseen. */
export default function CasePage() {
  const { t } = useTranslation('cases');
  const id = useParams().caseId ?? '';
  const query = useCase({ id }, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  return (
    <Needs anyOf={['cases.read']} title={t('one')}>
      <PageHeader title={query.data?.case.title ?? t('one')}>
        <Box component={Link} to={to.cases()} sx={{ color: 'primary.main', display: 'inline-flex', alignItems: 'center', gap: 0.5, minHeight: 44 }}>
          <Icon name="back" />
          {t('all')}
        </Box>
      </PageHeader>
      <QueryView query={query} skeleton={<RowsSkeleton rows={6} height={60} />}>
        {(detail) => <Shown detail={detail} />}
      </QueryView>
    </Needs>
  );
}

function Shown({ detail }: { detail: CaseDetail }) {
  const { t } = useTranslation('cases');
  return (
    <Box sx={{ display: 'grid', gap: { xs: 1.5, md: 2 }, alignItems: 'start', gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: 'minmax(0, 1fr) minmax(0, 1fr)' } }}>
      <Box sx={{ display: 'grid', gap: { xs: 1.5, md: 2 } }}>
        <Standing detail={detail} />
        <CaseLinks detail={detail} />
      </Box>
      <Section title={t('timeline')} asOf={detail.as_of}>
        <CaseTimeline entries={detail.timeline} store={detail.case.store_id} />
        <Say detail={detail} />
      </Section>
    </Box>
  );
}

function Standing({ detail: { case: found } }: { detail: CaseDetail }) {
  const { t } = useTranslation(['cases', 'alerts']);
  const format = useFormat();
  const names = useNames();
  const may = useMay();
  const { user } = useSession();
  const [close, closing] = useCloseCase();
  const [add, adding] = useAddCaseEntry();
  const [asking, setAsking] = useState<AskedAct | null>(null);
  const [linking, setLinking] = useState(false);
  const zone = names.zone(found.store_id);
  const acts = actsIn(found, user.id, { write: may('cases.write'), close: may('cases.close') });
  const own = found.proposed_by === user.id;
  const start = (act: Act) => {
    if (act === 'close') void close({ id: found.id });
    else if (act === 'start_review') void add({ id: found.id, caseCommand: { command: 'start_review' } });
    else if (act === 'link') setLinking(true);
    else setAsking(act);
  };
  const error = closing.error ?? adding.error;
  return (
    <Section title={t('standing')} actions={<Evidence id={found.id} />}>
      <Box sx={{ display: 'grid', gap: 2 }}>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, alignItems: 'center' }}>
          <StatusChip tone={TONE[found.state]}>{t(`state.${found.state}`)}</StatusChip>
          {found.finding && <StatusChip tone="quiet">{t(`finding.${found.finding}`)}</StatusChip>}
        </Box>
        {found.state === 'proposed_close' && (
          <Alert severity="info" variant="outlined" data-four-eyes={own ? 'own' : 'other'}>
            {t(own ? 'fourEyesOwn' : 'fourEyes', { who: found.proposed_by ? names.person(found.proposed_by) : '', finding: found.finding ? t(`finding.${found.finding}`) : '' })}
          </Alert>
        )}
        <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: 'repeat(2, minmax(0, 1fr))', gap: 1.5, m: 0 }}>
          <Fact label={t('kind')} value={t(`kinds.${found.kind}`)} />
          <Fact label={t('store')} value={names.store(found.store_id)} />
          <Fact label={t('column.who')} value={found.assignee_id ? names.person(found.assignee_id) : t('alerts:nobody')} />
          <Fact label={t('openedBy')} value={names.by(found.opened_by)} />
          <Fact label={t('column.opened')} value={format.time(found.opened_at, 'dayTime', zone)} />
          <Fact label={t('head')} value={<Box component="span" sx={{ fontFamily: 'monospace', fontSize: '0.75rem' }}>{found.head.slice(0, 16)}</Box>} />
        </Box>
        {Boolean(error) && <ProblemAlert error={error} />}
        {acts.length > 0 && (
          <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>
            {acts.map((act, at) => (
              <Button key={act} size="small" variant={at === 0 ? 'contained' : 'outlined'} disabled={closing.isLoading || adding.isLoading} onClick={() => start(act)}>
                {t(`act.${act}`)}
              </Button>
            ))}
          </Box>
        )}
      </Box>
      {linking && (
        <Suspense fallback={null}>
          <LinkDialog found={found} onClose={() => setLinking(false)} />
        </Suspense>
      )}
      {asking && <CaseDialog act={asking} id={found.id} onClose={() => setAsking(null)} />}
    </Section>
  );
}

/** The whole timeline for somebody who does not trust us; the hub checks it before it leaves, and notes that it did. */
function Evidence({ id }: { id: string }) {
  const { t } = useTranslation('cases');
  const [save, { isLoading, error }] = useSaveFile();
  return (
    <>
      <Button size="small" startIcon={<Icon name="download" />} loading={isLoading} onClick={() => void save({ url: `/api/v1/cases/${encodeURIComponent(id)}/evidence`, name: `case-${id}.jsonl` })}>
        {t('evidence')}
      </Button>
      {Boolean(error) && (
        <Box sx={{ flexBasis: '100%' }}>
          <ProblemAlert error={error} />
        </Box>
      )}
    </>
  );
}

function Say({ detail: { case: found } }: { detail: CaseDetail }) {
  const { t } = useTranslation('cases');
  const may = useMay();
  const [add, { isLoading, error }] = useAddCaseEntry();
  const [text, setText] = useState('');
  if (!may('cases.write') || found.state === 'closed') return null;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!text.trim()) return;
    const answer = await add({ id: found.id, caseCommand: { command: 'comment', text: text.trim() } });
    if (answer.data) setText('');
  };
  return (
    <Box component="form" noValidate onSubmit={submit} sx={{ display: 'grid', gap: 1, mt: 2 }}>
      {Boolean(error) && <ProblemAlert error={error} />}
      <TextField multiline minRows={2} label={t('comment')} value={text} onChange={(event) => setText(event.target.value)} slotProps={{ htmlInput: { maxLength: 4_000 } }} />
      <Box>
        <Button type="submit" size="small" variant="outlined" disabled={!text.trim()} loading={isLoading}>
          {t('say')}
        </Button>
      </Box>
      <Typography variant="caption" color="textSecondary">
        {t('sayHelp')}
      </Typography>
    </Box>
  );
}
