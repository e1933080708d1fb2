import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangeWebhook, useDeleteWebhook, useReadWebhook, useRenewSecret, useTestWebhook, useWebhooks, versionOf, type MadeSecret, type Webhook } from '../../../api';
import { useMay } from '../../../app/SessionGate';
import { useFormat } from '../../../i18n/useFormat';
import { CopyLine } from '../../../ui/CopyLine';
import { FormDialog } from '../../../ui/FormDialog';
import { Icon } from '../../../ui/icons';
import { ProblemAlert } from '../../../ui/ProblemAlert';
import { Section } from '../../../ui/Section';
import { SimpleTable, type Column } from '../../../ui/SimpleTable';
import { Notice, QueryView, RowsSkeleton } from '../../../ui/states';
import { StatusChip } from '../../../ui/StatusChip';
import { POLL_MS } from '../../poll';
import { DeliveriesDialog } from './DeliveriesDialog';
import { WebhookDialog } from './WebhookDialog';

type Doing = { what: 'change' | 'deliveries' | 'drop' | 'renew'; webhook: Webhook };

/** Other systems that are called about what happens, and how that goes. */
export default function WebhooksTab() {
  const { t } = useTranslation('office');
  const writes = useMay()('webhooks.write');
  const query = useWebhooks(undefined, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  const [adding, setAdding] = useState(false);
  const [doing, setDoing] = useState<Doing | null>(null);
  const [made, setMade] = useState<MadeSecret | null>(null);
  const [toggle, toggling] = useSwitch();
  const [test, testing] = useTestWebhook();
  const error = toggling ?? testing.error;
  const close = () => setDoing(null);
  const add = writes && (
    <Button variant="contained" startIcon={<Icon name="add" />} onClick={() => setAdding(true)}>
      {t('webhooks.add')}
    </Button>
  );
  return (
    <Section title={t('webhooks.title')} asOf={query.data?.as_of} flush actions={query.data && query.data.webhooks.length > 0 && add}>
      <Box role="status" sx={{ '& > *': { mx: { xs: 2, sm: 2.5 }, mb: 1.5 } }}>
        {Boolean(error) && <ProblemAlert error={error} />}
        {testing.isSuccess && !error && (
          <Alert severity="success" variant="outlined" onClose={testing.reset}>
            {t('webhooks.tested')}
          </Alert>
        )}
      </Box>
      <QueryView
        query={query}
        skeleton={<RowsSkeleton rows={3} height={60} />}
        empty={(data) => (data.webhooks.length === 0 ? <Notice state="empty" icon="link" title={t('webhooks.empty.title')} text={t('webhooks.empty.text')} action={add} /> : null)}
      >
        {(data) => (
          <Table webhooks={data.webhooks} writes={writes} onDo={(what, webhook) => setDoing({ what, webhook })} onSwitch={(webhook) => void toggle(webhook)} onTest={(webhook) => void test({ id: webhook.id })} />
        )}
      </QueryView>
      {adding && <WebhookDialog id={null} onClose={() => setAdding(false)} onMade={setMade} />}
      {doing?.what === 'change' && <WebhookDialog id={doing.webhook.id} onClose={close} onMade={setMade} />}
      {doing?.what === 'deliveries' && <DeliveriesDialog webhook={doing.webhook} onClose={close} />}
      {doing?.what === 'drop' && <Drop webhook={doing.webhook} onClose={close} />}
      {doing?.what === 'renew' && <Renew webhook={doing.webhook} onClose={close} onMade={setMade} />}
      {made && <Made made={made} onClose={() => setMade(null)} />}
    </Section>
  );
}

/** Switches a webhook on or off: at the version that is the newest now. */
function useSwitch(): [(webhook: Webhook) => Promise<void>, unknown] {
  const [read, reading] = useReadWebhook();
  const [change, changing] = useChangeWebhook();
  const toggle = async ({ id, enabled }: Webhook) => {
    const newest = await read({ id });
    if (newest.data) await change({ id, 'If-Match': versionOf(newest.data), webhookChange: { enabled: !enabled } });
  };
  return [toggle, changing.error ?? reading.error];
}

interface TableProps {
  webhooks: Webhook[];
  writes: boolean;
  onDo: (what: Doing['what'], webhook: Webhook) => void;
  onSwitch: (webhook: Webhook) => void;
  onTest: (webhook: Webhook) => void;
}

function Table({ webhooks, writes, onDo, onSwitch, onTest }: TableProps) {
  const { t } = useTranslation('office');
  const format = useFormat();
  const columns: Column<Webhook>[] = [
    {
      key: 'name',
      label: t('webhooks.column.name'),
      width: '36%',
      cell: (each) => (
        <Box component="span" sx={{ display: 'block', fontWeight: 650 }}>
          {each.name}
          <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block', fontWeight: 400 }}>
            {each.url}
          </Typography>
        </Box>
      ),
    },
    { key: 'events', label: t('webhooks.column.events'), width: '22%', cell: (each) => <Typography variant="caption">{each.events.map((event) => t(`webhooks.event.${event}` as 'webhooks.event.alert.opened', { defaultValue: event })).join(', ')}</Typography> },
    {
      key: 'state',
      label: t('webhooks.column.state'),
      cell: (each) => (
        <Box component="span" sx={{ display: 'inline-flex', flexDirection: 'column', gap: 0.5, alignItems: 'flex-start' }}>
          <StatusChip tone={!each.enabled ? 'quiet' : each.failures > 0 ? 'warn' : 'good'}>{t(each.enabled ? 'webhooks.on' : 'webhooks.off')}</StatusChip>
          {each.off_reason && <Typography variant="caption">{each.off_reason}</Typography>}
          {each.failures > 0 && <Typography variant="caption">{t('webhooks.failures', { count: each.failures })}</Typography>}
          {each.paused_until && <Typography variant="caption">{t('webhooks.rests', { at: format.time(each.paused_until, 'time') })}</Typography>}
        </Box>
      ),
    },
    {
      key: 'action',
      label: t('webhooks.column.action'),
      unlabelled: true,
      cell: (each) => (
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.5 }}>
          <Button size="small" aria-label={t('webhooks.deliveriesOf', { name: each.name })} onClick={() => onDo('deliveries', each)}>
            {t('webhooks.deliveries')}
          </Button>
          {writes && (
            <>
              <Button size="small" aria-label={t('webhooks.changeNamed', { name: each.name })} onClick={() => onDo('change', each)}>
                {t('webhooks.change')}
              </Button>
              <Button size="small" disabled={!each.enabled} aria-label={t('webhooks.testNamed', { name: each.name })} onClick={() => onTest(each)}>
                {t('webhooks.test')}
              </Button>
              <Button size="small" aria-label={t(each.enabled ? 'webhooks.switchOff' : 'webhooks.switchOn', { name: each.name })} onClick={() => onSwitch(each)}>
                {t(each.enabled ? 'webhooks.turnOff' : 'webhooks.turnOn')}
              </Button>
              <Button size="small" aria-label={t('webhooks.renewNamed', { name: each.name })} onClick={() => onDo('renew', each)}>
                {t('webhooks.renew')}
              </Button>
              <Button size="small" color="error" aria-label={t('webhooks.dropNamed', { name: each.name })} onClick={() => onDo('drop', each)}>
                {t('webhooks.drop')}
              </Button>
            </>
          )}
        </Box>
      ),
    },
  ];
  return <SimpleTable caption={t('webhooks.title')} columns={columns} rows={webhooks} rowKey={(each) => each.id} />;
}

/** The secret is shown this once. */
function Made({ made, onClose }: { made: MadeSecret; onClose: () => void }) {
  const { t } = useTranslation('office');
  return (
    <FormDialog title={t('webhooks.secretOf', { name: made.webhook.name })} onClose={onClose} maxWidth="sm">
      <Alert severity="warning" variant="outlined" role="status">
        {t('webhooks.once')}
      </Alert>
      <CopyLine label={t('webhooks.secret')} text={made.secret} />
    </FormDialog>
  );
}

function Renew({ webhook, onClose, onMade }: { webhook: Webhook; onClose: () => void; onMade: (made: MadeSecret) => void }) {
  const { t } = useTranslation('office');
  const [renew, { isLoading, error }] = useRenewSecret();
  const submit = async () => {
    const asked = renew({ id: webhook.id });
    const answer = await asked;
    if (!answer.data) return;
    onMade(answer.data);
    // The cache of answers is no place for a secret; the dialog's own `reset` would be that of the render before.
    asked.reset();
    onClose();
  };
  return (
    <FormDialog title={t('webhooks.renewTitle', { name: webhook.name })} submit={t('webhooks.renew')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error}>
      <Typography variant="body2">{t('webhooks.renewText')}</Typography>
    </FormDialog>
  );
}

function Drop({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const { t } = useTranslation('office');
  const [drop, { isLoading, error }] = useDeleteWebhook();
  const submit = async () => {
    const answer = await drop({ id: webhook.id });
    if (!answer.error) onClose();
  };
  return (
    <FormDialog title={t('webhooks.dropTitle', { name: webhook.name })} submit={t('webhooks.drop')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error} grave>
      <Typography variant="body2">{t('webhooks.dropText')}</Typography>
    </FormDialog>
  );
}
