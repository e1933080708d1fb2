import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useCallback, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert as AlertData } from '../../api';
import { useMay } from '../../app/SessionGate';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { ActDialog, type AskedAct } from './ActDialog';
import { actsOnSome, grouped, type Act, type Group } from './alert';
import { AlertRow } from './AlertRow';
import { useAct } from './useAct';
import { useNames } from './useNames';

interface AlertListProps {
  alerts: AlertData[];
  group: Group;
  onOpen: (id: string) => void;
}

/** The rows, under the name they share if so, and what is done with several at once. */
export function AlertList({ alerts, group, onOpen }: AlertListProps) {
  const { t } = useTranslation('alerts');
  const may = useMay()('alerts.act');
  const names = useNames();
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState<AskedAct | null>(null);
  const { act, busy, error, refused, forget } = useAct();
  // What left the list is not acted upon unseen.
  const chosen = alerts.filter((alert) => picked.has(alert.id));
  const ids = chosen.map((alert) => alert.id);
  const choose = useCallback((id: string, on: boolean) => {
    setPicked((before) => {
      const next = new Set(before);
      if (on) next.add(id);
      else next.delete(id);
      return next;
    });
  }, []);
  const acknowledge = (id: string) => void act([id], { command: 'acknowledge' });
  const start = (kind: Act) => {
    if (kind === 'acknowledge' || kind === 'wake') void act(ids, { command: kind }).then((all) => all && setPicked(new Set()));
    else setAsking(kind);
  };
  const nameOf = (alert: AlertData) =>
    group === 'store' ? names.store(alert.store_id) : group === 'severity' ? t(`severities.${alert.severity}`) : group === 'rule' ? (alert.rule_id ? alert.title : t('byDevice')) : '';
  return (
    <Box onKeyDown={walk}>
      {may && (
        <Box
          role="toolbar"
          aria-label={t('withChosen')}
          sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 0.5, minHeight: 44, paddingInline: { xs: 2, sm: 2.5 }, pb: 0.5 }}
        >
          <Typography variant="body2" color="textSecondary" role="status" sx={{ marginInlineEnd: 1 }}>
            {t('chosen', { count: chosen.length })}
          </Typography>
          {chosen.length === 0 ? (
            <Button size="small" onClick={() => setPicked(new Set(alerts.slice(0, 200).map((alert) => alert.id)))}>
              {t('chooseAll')}
            </Button>
          ) : (
            <>
              {actsOnSome(chosen).map((kind) => (
                <Button key={kind} size="small" variant="outlined" loading={busy} onClick={() => start(kind)}>
                  {t(`act.${kind}`)}
                </Button>
              ))}
              <Button size="small" onClick={() => setPicked(new Set())}>
                {t('chooseNone')}
              </Button>
            </>
          )}
        </Box>
      )}
      <Box sx={{ '& > *': { mx: { xs: 2, sm: 2.5 }, mb: 1 } }}>
        {Boolean(error) && <ProblemAlert error={error} />}
        {refused.length > 0 && (
          <Alert severity="warning" variant="outlined" role="alert" onClose={forget}>
            {t('refused', { why: refused.join(' ') })}
          </Alert>
        )}
      </Box>
      {grouped(alerts, nameOf).map((each) => (
        <Box key={each.name} component={each.name ? 'section' : 'div'} aria-label={each.name || undefined}>
          {each.name && (
            <Typography component="div" variant="caption" sx={{ fontWeight: 650, paddingInline: { xs: 2, sm: 2.5 }, paddingBlock: 1, borderTop: 1, borderColor: 'divider', bgcolor: 'background.default' }}>
              {t('groupOf', { name: each.name, count: each.alerts.length })}
            </Typography>
          )}
          <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
            {each.alerts.map((alert) => (
              <AlertRow key={alert.id} alert={alert} chosen={picked.has(alert.id)} acts={may} onChoose={choose} onOpen={onOpen} onAcknowledge={acknowledge} />
            ))}
          </Box>
        </Box>
      ))}
      {asking && (
        <ActDialog
          act={asking}
          ids={ids}
          onClose={() => setAsking(null)}
          onDone={() => {
            setAsking(null);
            setPicked(new Set());
          }}
        />
      )}
    </Box>
  );
}

/** The arrows go from row to row, on the control where one is. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const row = (event.target as HTMLElement).closest('[data-alert]');
  if (!row) return;
  const rows = [...event.currentTarget.querySelectorAll('[data-alert]')];
  const next = rows[rows.indexOf(row) + (event.key === 'ArrowDown' ? 1 : -1)];
  const kind = (event.target as HTMLElement).matches('input') ? 'input' : '[data-open]';
  const control = next?.querySelector<HTMLElement>(kind);
  if (!control) return;
  event.preventDefault();
  control.focus();
}
