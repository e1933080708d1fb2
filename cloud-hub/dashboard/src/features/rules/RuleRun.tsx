import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useActivateRule, useBacktestRule, useDeactivateRule, useDeleteRule, useJob, useRule, versionOf, type AlertRule, type RuleBacktest } from '../../api';
import { useMay } from '../../app/SessionGate';
import { useFormat } from '../../i18n/useFormat';
import { Disclosure } from '../../ui/Disclosure';
import { FormDialog } from '../../ui/FormDialog';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { StatusChip } from '../../ui/StatusChip';
import { useNames } from '../alerts/useNames';
import { isOpen } from '../jobs/job';
import { OPEN_POLL_MS } from '../jobs/JobList';
import { JobProgress } from '../jobs/JobProgress';
import { STATE_TONE } from './RulesTab';

interface RuleRunProps {
  rule: AlertRule;
  /** Something is written that is not saved: what is tried and run is what was saved. */
  edited: boolean;
  onGone: () => void;
}

/** Whether a rule runs, and what it would have done: it is tried on history before it is let loose. */
export function RuleRun({ rule, edited, onGone }: RuleRunProps) {
  const { t } = useTranslation('rules');
  const format = useFormat();
  const may = useMay();
  const writes = may('rules.write');
  const [tryIt, trying] = useBacktestRule();
  const [activate, activating] = useActivateRule();
  const [deactivate, deactivating] = useDeactivateRule();
  const [dropping, setDropping] = useState(false);
  const [job, setJob] = useState<string | null>(null);
  const { refetch } = useRule({ id: rule.id });
  const begin = async () => {
    const answer = await tryIt({ id: rule.id, body: {} });
    if (answer.data) setJob(answer.data.job_id);
  };
  const error = trying.error ?? activating.error ?? deactivating.error;
  return (
    <Box sx={{ display: 'grid', gap: 1.5, p: 1.5, borderRadius: '8px', border: 1, borderColor: 'divider' }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1 }}>
        <StatusChip tone={STATE_TONE[rule.state]}>{t(`state.${rule.state}`)}</StatusChip>
        <Typography variant="caption" color="textSecondary">
          {rule.precision === null
            ? t('noVotes')
            : t('precision', { percent: format.number(rule.precision * 100), useful: format.number(rule.useful_votes), useless: format.number(rule.useless_votes) })}
        </Typography>
      </Box>
      {Boolean(error) && <ProblemAlert error={error} />}
      {rule.backtest ? <Found backtest={rule.backtest} /> : <Typography variant="body2">{t('notTried')}</Typography>}
      {job && <Trying id={job} onEnd={refetch} />}
      {writes && (
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>
          <Button size="small" variant="outlined" disabled={edited} loading={trying.isLoading} onClick={() => void begin()}>
            {t(rule.backtest ? 'tryAgain' : 'try')}
          </Button>
          {rule.state !== 'active' && (
            <Button size="small" variant="contained" disabled={edited || !rule.backtest} loading={activating.isLoading} onClick={() => void activate({ id: rule.id })}>
              {t('activate')}
            </Button>
          )}
          {rule.state !== 'draft' && (
            <Button size="small" variant="outlined" loading={deactivating.isLoading} onClick={() => void deactivate({ id: rule.id })}>
              {t('deactivate')}
            </Button>
          )}
          <Button size="small" color="error" onClick={() => setDropping(true)}>
            {t('drop')}
          </Button>
        </Box>
      )}
      {writes && edited && (
        <Typography variant="caption" color="textSecondary">
          {t('saveFirst')}
        </Typography>
      )}
      {dropping && <Drop rule={rule} onClose={() => setDropping(false)} onGone={onGone} />}
    </Box>
  );
}

/** The job that tries the rule; what it found then stands at the rule. */
function Trying({ id, onEnd }: { id: string; onEnd: () => unknown }) {
  const { t } = useTranslation('rules');
  const known = useJob({ id });
  const open = known.data === undefined || isOpen(known.data);
  const { data, error } = useJob({ id }, { pollingInterval: open ? OPEN_POLL_MS : 0, skipPollingIfUnfocused: true });
  useEffect(() => {
    if (!open) void onEnd();
  }, [open, onEnd]);
  if (error) return <ProblemAlert error={error} />;
  if (!data || data.state === 'done') return null;
  return (
    <Box role="status">
      <JobProgress job={data} label={t('try')} />
      {data.error && (
        <Alert severity="error" variant="outlined">
          {data.error}
        </Alert>
      )}
    </Box>
  );
}

function Found({ backtest: { at, found } }: { backtest: RuleBacktest }) {
  const { t } = useTranslation('rules');
  const format = useFormat();
  const names = useNames();
  const known = found.known_useful + found.known_useless;
  return (
    <Box data-found sx={{ display: 'grid', gap: 0.5 }}>
      <Typography variant="body2" sx={{ fontWeight: 650 }}>
        {t('fired', { count: found.fired, number: format.number(found.fired), from: format.time(found.from, 'date'), until: format.time(found.until, 'date') })}
      </Typography>
      <Typography variant="body2">
        {[t('alertsOf', { count: found.alerts, number: format.number(found.alerts) }), known > 0 && t('known', { useful: format.number(found.known_useful), useless: format.number(found.known_useless) })].filter(Boolean).join(' ')}
      </Typography>
      <Typography variant="caption" color="textSecondary">
        {t('triedAt', { at: format.time(at, 'dayTime'), watched: format.number(found.watched) })}
      </Typography>
      {found.noisy && (
        <Alert severity="warning" variant="outlined">
          {t('noisy', { why: found.noisy })}
        </Alert>
      )}
      {found.latest.length > 0 && (
        <Disclosure summary={t('latest')}>
          <Box component="ul" sx={{ m: 0, paddingInlineStart: 2.5, maxHeight: 200, overflowY: 'auto' }} tabIndex={0} aria-label={t('latest')}>
            {found.latest.map((each, n) => (
              <Typography component="li" variant="body2" key={n}>
                {[format.time(each.at, 'dayTime', names.zone(each.store_id)), names.store(each.store_id), each.cause].join(' · ')}
              </Typography>
            ))}
          </Box>
        </Disclosure>
      )}
    </Box>
  );
}

function Drop({ rule, onClose, onGone }: { rule: AlertRule; onClose: () => void; onGone: () => void }) {
  const { t } = useTranslation('rules');
  const [drop, { isLoading, error }] = useDeleteRule();
  const submit = async () => {
    const answer = await drop({ id: rule.id, 'If-Match': versionOf(rule) });
    if (!answer.error) onGone();
  };
  return (
    <FormDialog title={t('dropTitle', { name: rule.name })} submit={t('drop')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error} grave>
      <Typography variant="body2">{t('dropText')}</Typography>
    </FormDialog>
  );
}
