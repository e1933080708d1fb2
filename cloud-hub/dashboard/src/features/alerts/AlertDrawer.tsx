import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Drawer from '@mui/material/Drawer';
import IconButton from '@mui/material/IconButton';
import Skeleton from '@mui/material/Skeleton';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { Suspense, useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useAlert, type AlertDetail } from '../../api';
import { to } from '../../app/routes';
import { useMay } from '../../app/SessionGate';
import { lazyPage } from '../../i18n/lazyPage';
import { useFormat } from '../../i18n/useFormat';
import { Icon } from '../../ui/icons';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { QueryView } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';
import { Fact } from '../stores/StoreTable';
import { ActDialog, type AskedAct } from './ActDialog';
import { actsOn, SEVERITY_TONE, STATE_TONE, type Act } from './alert';
import { AlertTimeline } from './AlertTimeline';
import { Asleep } from './AlertRow';
import { useAct } from './useAct';
import { useNames } from './useNames';

const NewCaseDialog = lazyPage('cases', () => import('../cases/NewCaseDialog'));

/** The hub gives so many events at a time; an alert that has more says so. */
const EVENTS = 500;

/** One alert with everything that happened to it, and what can be done. */
export function AlertDrawer({ alertId, onClose }: { alertId: string | null; onClose: () => void }) {
  const { t } = useTranslation(['alerts', 'translation']);
  const id = useId();
  return (
    <Drawer
      anchor="right"
      open={alertId !== null}
      onClose={onClose}
      slotProps={{ paper: { role: 'dialog', 'aria-modal': true, 'aria-labelledby': id, sx: { width: { xs: '100%', sm: 520 }, p: { xs: 2, sm: 3 } } } }}
    >
      <Box sx={{ display: 'flex', justifyContent: 'flex-end', mb: -5, position: 'relative', zIndex: 1 }}>
        <IconButton onClick={onClose} aria-label={t('translation:close')}>
          <Icon name="close" />
        </IconButton>
      </Box>
      {alertId && <Content key={alertId} alertId={alertId} titleId={id} />}
    </Drawer>
  );
}

function Content({ alertId, titleId }: { alertId: string; titleId: string }) {
  const { t } = useTranslation('alerts');
  const query = useAlert({ id: alertId, limit: EVENTS });
  return (
    <>
      <Typography variant="h2" id={titleId} sx={{ minHeight: 40, display: 'flex', alignItems: 'center', paddingInlineEnd: 6 }}>
        {query.data?.alert.title ?? t('one')}
      </Typography>
      <QueryView query={query} skeleton={<Skeleton variant="rounded" height={320} />}>
        {(detail) => <Shown detail={detail} />}
      </QueryView>
    </>
  );
}

function Shown({ detail }: { detail: AlertDetail }) {
  const { t } = useTranslation(['alerts', 'translation']);
  const format = useFormat();
  const names = useNames();
  const now = useNow(15_000);
  const acts = useMay()('alerts.act');
  const { alert } = detail;
  const zone = names.zone(alert.store_id);
  return (
    <Box sx={{ display: 'grid', gap: 2 }}>
      <Box sx={{ display: 'flex', gap: 1, flexWrap: 'wrap' }}>
        <StatusChip tone={SEVERITY_TONE[alert.severity]}>{t(`severities.${alert.severity}`)}</StatusChip>
        <StatusChip tone={STATE_TONE[alert.state]}>{t(`states.${alert.state}`)}</StatusChip>
        {alert.flapping && <StatusChip tone="warn">{t('flapping')}</StatusChip>}
      </Box>
      <Box>
        <Typography variant="body2">{alert.cause}</Typography>
        <Asleep alert={alert} zone={zone} />
      </Box>
      {acts && <Acts detail={detail} />}
      <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: 'repeat(2, minmax(0, 1fr))', gap: 1.5, m: 0 }}>
        <Fact
          label={t('store')}
          value={
            <Box component={Link} to={to.store(alert.store_id)} sx={{ color: 'primary.main', fontWeight: 600, display: 'inline-flex', alignItems: 'center', minHeight: { xs: 44, sm: 0 } }}>
              {names.store(alert.store_id)}
            </Box>
          }
        />
        <Fact label={t('who')} value={alert.assignee_id ? names.person(alert.assignee_id) : t('nobody')} />
        <Fact label={t('first')} value={format.time(alert.first_seen_at, 'dayTime', zone)} />
        <Fact label={t('last')} value={format.moment(alert.last_seen_at, 'seconds', now, zone)} />
        <Fact label={t('count')} value={format.number(alert.count)} />
        <Fact label={t('firing')} value={alert.firing.join(', ') || t('firesNo')} />
      </Box>
      {acts && <Useful detail={detail} />}
      <Box>
        <Typography variant="h3" component="h3" sx={{ mb: 1 }}>
          {t('history')}
        </Typography>
        <AlertTimeline history={detail.history} zone={zone} />
        {detail.history.length < detail.events && (
          <Typography variant="caption" color="textSecondary" component="p">
            {t('historyCut', { count: detail.history.length, all: format.number(detail.events) })}
          </Typography>
        )}
      </Box>
      {acts && <Say alertId={alert.id} />}
    </Box>
  );
}

function Acts({ detail: { alert } }: { detail: AlertDetail }) {
  const { t } = useTranslation('alerts');
  const { act, busy, error, refused } = useAct();
  const may = useMay();
  const [asking, setAsking] = useState<AskedAct | null>(null);
  const [opening, setOpening] = useState(false);
  const start = (kind: Act) => {
    if (kind === 'acknowledge' || kind === 'wake') void act([alert.id], { command: kind });
    else setAsking(kind);
  };
  return (
    <Box sx={{ display: 'grid', gap: 1 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>
        {actsOn(alert).map((kind, at) => (
          <Button key={kind} size="small" variant={at === 0 ? 'contained' : 'outlined'} disabled={busy} onClick={() => start(kind)}>
            {t(`act.${kind}`)}
          </Button>
        ))}
        {may('cases.write') && (
          <Button size="small" onClick={() => setOpening(true)}>
            {t('openCase')}
          </Button>
        )}
      </Box>
      {Boolean(error) && <ProblemAlert error={error} />}
      {refused.length > 0 && (
        <Alert severity="warning" variant="outlined" role="alert">
          {t('refused', { why: refused.join(' ') })}
        </Alert>
      )}
      {asking && <ActDialog act={asking} ids={[alert.id]} onClose={() => setAsking(null)} onDone={() => setAsking(null)} />}
      {opening && (
        <Suspense fallback={null}>
          <NewCaseDialog store={alert.store_id} title={alert.title} links={[{ kind: 'alert', id: alert.id }]} onClose={() => setOpening(false)} />
        </Suspense>
      )}
    </Box>
  );
}

/** A voice for the rule that fired: what is of no use is worth mending. */
function Useful({ detail: { alert } }: { detail: AlertDetail }) {
  const { t } = useTranslation('alerts');
  const { act, busy, error } = useAct();
  const vote = (useful: boolean) => void act([alert.id], { command: 'vote', useful });
  return (
    <Box role="group" aria-label={t('useful')} sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1 }}>
      <Typography variant="body2">{t('useful')}</Typography>
      <Button size="small" variant={alert.votes.mine === true ? 'contained' : 'outlined'} aria-pressed={alert.votes.mine === true} disabled={busy} onClick={() => vote(true)}>
        {t('yes', { count: alert.votes.useful })}
      </Button>
      <Button size="small" variant={alert.votes.mine === false ? 'contained' : 'outlined'} aria-pressed={alert.votes.mine === false} disabled={busy} onClick={() => vote(false)}>
        {t('no', { count: alert.votes.useless })}
      </Button>
      {Boolean(error) && <ProblemAlert error={error} />}
    </Box>
  );
}

function Say({ alertId }: { alertId: string }) {
  const { t } = useTranslation('alerts');
  const { act, busy, error } = useAct();
  const [text, setText] = useState('');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() && (await act([alertId], { command: 'comment', text: text.trim() }))) setText('');
  };
  return (
    <Box component="form" noValidate onSubmit={submit} sx={{ display: 'grid', gap: 1 }}>
      {Boolean(error) && <ProblemAlert error={error} />}
      <TextField multiline minRows={2} label={t('comment')} value={text} onChange={(event) => setText(event.target.value)} slotProps={{ htmlInput: { maxLength: 4_000 } }} />
      <Box>
        <Button type="submit" size="small" variant="outlined" disabled={!text.trim()} loading={busy}>
          {t('say')}
        </Button>
      </Box>
    </Box>
  );
}
