import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { useCases, type Case } from '../../api';
import { Needs } from '../../app/Needs';
import { to } from '../../app/routes';
import { useMay } from '../../app/SessionGate';
import { lazyPage } from '../../i18n/lazyPage';
import { useFormat } from '../../i18n/useFormat';
import { Icon } from '../../ui/icons';
import { PageHeader } from '../../ui/PageHeader';
import { Section } from '../../ui/Section';
import { SimpleTable, type Column } from '../../ui/SimpleTable';
import { Notice, QueryView, RowsSkeleton } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';
import { useNames } from '../alerts/useNames';
import { POLL_MS } from '../poll';
import { KINDS, STATES, TONE } from './case';
import NewCaseDialog from './NewCaseDialog';

const VerifyDialog = lazyPage('cases', () => import('./VerifyDialog'));
const PAGE = 50;
const field = { flex: '1 1 140px', maxWidth: { sm: 220 }, '& .MuiInputBase-root': { minHeight: 44 } };
const choice = { select: { displayEmpty: true }, inputLabel: { shrink: true } };

/** Fraud and loss: what is looked into, by whom, and how it ended. */
export default function CasesPage() {
  const { t } = useTranslation('cases');
  return (
    <Needs anyOf={['cases.read']} title={t('title')}>
      <PageHeader title={t('title')} />
      <List />
    </Needs>
  );
}

function List() {
  const { t } = useTranslation(['cases', 'alerts']);
  const may = useMay();
  const names = useNames();
  const [params, setParams] = useSearchParams();
  const [pages, setPages] = useState(1);
  const [opening, setOpening] = useState(false);
  const [checking, setChecking] = useState(false);
  const state = STATES.find((each) => each === params.get('state'));
  const kind = KINDS.find((each) => each === params.get('kind'));
  const store = params.get('store') ?? '';
  const query = useCases({ state, kind, storeId: store || undefined, limit: PAGE * pages }, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  const data = query.currentData ?? (pages > 1 ? query.data : undefined);
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(params);
    if (value) next.set(name, value);
    else next.delete(name);
    setPages(1);
    setParams(next, { replace: true });
  };
  const add = may('cases.write') && (
    <Button variant="contained" startIcon={<Icon name="add" />} onClick={() => setOpening(true)}>
      {t('add')}
    </Button>
  );
  return (
    <Section
      title={t('list')} asOf={data?.as_of} flush
      actions={
        <>
          <Button startIcon={<Icon name="shield" />} aria-haspopup="dialog" onClick={() => setChecking(true)}>
            {t('check.open')}
          </Button>
          {add}
        </>
      }
    >
      <Box role="search" aria-label={t('filter')} sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5, paddingInline: { xs: 2, sm: 2.5 }, pt: 1, pb: 2 }}>
        <TextField select size="small" label={t('column.state')} value={state ?? ''} onChange={(event) => set('state', event.target.value)} slotProps={choice} sx={field}>
          <MenuItem value="">{t('anyState')}</MenuItem>
          {STATES.map((each) => (
            <MenuItem key={each} value={each}>
              {t(`state.${each}`)}
            </MenuItem>
          ))}
        </TextField>
        <TextField select size="small" label={t('kind')} value={kind ?? ''} onChange={(event) => set('kind', event.target.value)} slotProps={choice} sx={field}>
          <MenuItem value="">{t('anyKind')}</MenuItem>
          {KINDS.map((each) => (
            <MenuItem key={each} value={each}>
              {t(`kinds.${each}`)}
            </MenuItem>
          ))}
        </TextField>
        <TextField select size="small" label={t('store')} value={names.stores.some((each) => each.id === store) ? store : ''} onChange={(event) => set('store', event.target.value)} slotProps={choice} sx={field}>
          <MenuItem value="">{t('alerts:anyStore')}</MenuItem>
          {names.stores.map((each) => (
            <MenuItem key={each.id} value={each.id}>
              {each.name}
            </MenuItem>
          ))}
        </TextField>
      </Box>
      <QueryView
        query={{ ...query, data }}
        skeleton={<RowsSkeleton rows={5} height={56} />}
        empty={(answer) =>
          answer.cases.length > 0 ? null : state || kind || store ? (
            <Notice
              state="no-match"
              role="status"
              icon="search"
              title={t('noMatch.title')}
              text={t('noMatch.text')}
              action={
                <Button variant="outlined" onClick={() => setParams({}, { replace: true })}>
                  {t('clear')}
                </Button>
              }
            />
          ) : (
            <Notice state="empty" icon="folder" title={t('empty.title')} text={t('empty.text')} />
          )
        }
      >
        {(answer) => (
          <>
            <Table cases={answer.cases} />
            {answer.next_cursor && PAGE * pages < 500 && (
              <Box sx={{ borderTop: 1, borderColor: 'divider', p: 1, textAlign: 'center' }}>
                <Button loading={query.isFetching} onClick={() => setPages((before) => before + 1)}>
                  {t('more')}
                </Button>
              </Box>
            )}
          </>
        )}
      </QueryView>
      {checking && (
        <Suspense fallback={null}>
          <VerifyDialog onClose={() => setChecking(false)} />
        </Suspense>
      )}
      {opening && <NewCaseDialog onClose={() => setOpening(false)} />}
    </Section>
  );
}

function Table({ cases }: { cases: Case[] }) {
  const { t } = useTranslation(['cases', 'alerts']);
  const format = useFormat();
  const names = useNames();
  const now = useNow(15_000);
  const columns: Column<Case>[] = [
    {
      key: 'title',
      label: t('column.title'),
      width: '36%',
      cell: (each) => (
        <Box component="span" sx={{ display: 'block' }}>
          <Box component={Link} to={to.case(each.id)} sx={{ color: 'primary.main', fontWeight: 650, display: 'inline-flex', alignItems: 'center', minHeight: { xs: 44, sm: 0 } }}>
            {each.title}
          </Box>
          <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block' }}>
            {[t(`kinds.${each.kind}`), names.store(each.store_id)].join(' · ')}
          </Typography>
        </Box>
      ),
    },
    {
      key: 'state',
      label: t('column.state'),
      cell: (each) => (
        <Box component="span" sx={{ display: 'inline-flex', flexDirection: 'column', alignItems: 'flex-start', gap: 0.25 }}>
          <StatusChip tone={TONE[each.state]}>{t(`state.${each.state}`)}</StatusChip>
          {each.finding && <Typography variant="caption">{t(`finding.${each.finding}`)}</Typography>}
        </Box>
      ),
    },
    { key: 'who', label: t('column.who'), cell: (each) => (each.assignee_id ? names.person(each.assignee_id) : t('alerts:nobody')) },
    { key: 'links', label: t('column.links'), number: true, cell: (each) => format.number(each.links.length) },
    { key: 'opened', label: t('column.opened'), cell: (each) => format.moment(each.opened_at, 'time', now) },
    { key: 'changed', label: t('column.changed'), cell: (each) => format.age(each.changed_at, now) },
  ];
  return <SimpleTable caption={t('list')} columns={columns} rows={cases} rowKey={(each) => each.id} />;
}
