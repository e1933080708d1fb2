import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useDeliveries, useReplayDelivery, type Delivery, type DeliveryState, type Webhook } from '../../../api';
import { useMay } from '../../../app/SessionGate';
import type { Tone } from '../../../app/theme';
import { useFormat } from '../../../i18n/useFormat';
import { Disclosure } from '../../../ui/Disclosure';
import { FormDialog } from '../../../ui/FormDialog';
import { ProblemAlert } from '../../../ui/ProblemAlert';
import { Notice, QueryView, RowsSkeleton } from '../../../ui/states';
import { StatusChip } from '../../../ui/StatusChip';

const STATES: readonly DeliveryState[] = ['waiting', 'delivered', 'failed'];
const TONE: Record<DeliveryState, Tone> = { waiting: 'info', delivered: 'good', failed: 'bad' };
const POLL_MS = 5_000;

/** The calls of a webhook, attempt by attempt; one that was given up is sent again. */
export function DeliveriesDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const { t } = useTranslation('office');
  const [state, setState] = useState<DeliveryState | ''>('');
  const query = useDeliveries({ id: webhook.id, state: state || undefined, limit: 50 }, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  return (
    <FormDialog title={t('webhooks.deliveriesOf', { name: webhook.name })} onClose={onClose} maxWidth="md">
      <TextField select size="small" label={t('webhooks.column.state')} value={state} onChange={(event) => setState(event.target.value as DeliveryState | '')} slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }} sx={{ maxWidth: 220, '& .MuiInputBase-root': { minHeight: 44 } }}>
        <MenuItem value="">{t('webhooks.anyState')}</MenuItem>
        {STATES.map((each) => (
          <MenuItem key={each} value={each}>
            {t(`webhooks.state.${each}`)}
          </MenuItem>
        ))}
      </TextField>
      <QueryView
        query={{ ...query, data: query.currentData }}
        skeleton={<RowsSkeleton rows={4} />}
        empty={(data) => (data.deliveries.length === 0 ? <Notice state={state ? 'no-match' : 'empty'} icon="link" title={t('webhooks.noDelivery')} /> : null)}
      >
        {(data) => (
          <Box component="ul" aria-label={t('webhooks.deliveries')} sx={{ listStyle: 'none', m: 0, p: 0 }}>
            {data.deliveries.map((each) => (
              <One key={each.id} delivery={each} />
            ))}
          </Box>
        )}
      </QueryView>
    </FormDialog>
  );
}

function One({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation('office');
  const format = useFormat();
  const may = useMay();
  const event = t(`webhooks.event.${delivery.event}` as 'webhooks.event.alert.opened', { defaultValue: delivery.event });
  const [replay, { isLoading, error }] = useReplayDelivery();
  return (
    <Box component="li" data-delivery={delivery.state} sx={{ paddingBlock: 1.25, borderTop: 1, borderColor: 'divider', display: 'grid', gap: 0.5 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, alignItems: 'center' }}>
        <Typography variant="body2" sx={{ fontWeight: 650 }}>
          {event}
        </Typography>
        <StatusChip tone={TONE[delivery.state]}>{t(`webhooks.state.${delivery.state}`)}</StatusChip>
        <Typography variant="caption" color="textSecondary" sx={{ flex: 1 }}>
          {[format.time(delivery.created_at, 'dayTime'), t('webhooks.attempts', { count: delivery.attempts }), delivery.next_at && t('webhooks.next', { at: format.time(delivery.next_at, 'time') })].filter(Boolean).join(' · ')}
        </Typography>
        {may('webhooks.write') && delivery.state !== 'waiting' && (
          <Button size="small" loading={isLoading} aria-label={t('webhooks.replayNamed', { event, at: format.time(delivery.created_at, 'dayTime') })} onClick={() => void replay({ id: delivery.id })}>
            {t('webhooks.replay')}
          </Button>
        )}
      </Box>
      {Boolean(error) && <ProblemAlert error={error} />}
      {delivery.error && <Typography variant="body2">{delivery.error}</Typography>}
      {delivery.last_attempts.length > 0 && (
        <Disclosure summary={t('webhooks.lastAttempts')}>
          <Box component="ul" sx={{ m: 0, paddingInlineStart: 2.5 }}>
            {delivery.last_attempts.map((attempt) => (
              <Typography component="li" variant="caption" key={attempt.number}>
                {[format.time(attempt.at, 'seconds'), attempt.status === null ? null : t('webhooks.answered', { status: String(attempt.status) }), t('webhooks.took', { ms: format.number(attempt.took_ms) }), attempt.error, attempt.response_head].filter(Boolean).join(' · ')}
              </Typography>
            ))}
          </Box>
        </Disclosure>
      )}
    </Box>
  );
}
