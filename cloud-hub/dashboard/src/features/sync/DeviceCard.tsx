import Box from '@mui/material/Box';
import LinearProgress from '@mui/material/LinearProgress';
import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Device } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { FRESHNESS_TONE } from '../../ui/freshness';
import { Section } from '../../ui/Section';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';
import { Fact } from '../stores/StoreTable';
import { InputsTable } from './InputsTable';
import { LossesTable } from './LossesTable';
import { StreamsTable } from './StreamsTable';

interface DeviceCardProps {
  device: Device;
  asOf: string;
  zone: string;
}

/** One device: what it still owes, what it lost and said so, what it reads, and how its box is doing. */
export function DeviceCard({ device, asOf, zone }: DeviceCardProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(5_000);
  const heard = device.last_heard_at ? format.age(device.last_heard_at, now) : t('stores.neverHeard');
  const { clock, disk_used: used, disk_quota: quota } = device;
  return (
    <Section
      title={device.name}
      asOf={asOf}
      zone={zone}
      flush
      hint={<StatusChip tone={FRESHNESS_TONE[device.status]}>{t(`status.${device.status}`)}</StatusChip>}
    >
      <Box
        component="dl"
        data-device={device.device_id}
        sx={{
          display: 'grid',
          gap: 2,
          m: 0,
          pb: 2,
          paddingInline: { xs: 2, sm: 2.5 },
          gridTemplateColumns: { xs: 'repeat(2, minmax(0, 1fr))', sm: 'repeat(3, minmax(0, 1fr))', lg: 'repeat(5, minmax(0, 1fr))' },
        }}
      >
        <Fact label={t('sync.heard')} value={heard} />
        <Fact label={t('sync.agent')} value={device.agent_version ?? t('noValue')} />
        <Fact
          label={t('sync.clock')}
          value={
            clock.offset_ms === null || clock.offset_ms === undefined
              ? t(`sync.clockState.${clock.state}`)
              : t('sync.clockOffset', { state: t(`sync.clockState.${clock.state}`), offset: format.number(clock.offset_ms) })
          }
        />
        <Fact
          label={t('sync.disk')}
          value={
            used === null || quota === null || used === undefined || quota === undefined ? (
              t('noValue')
            ) : (
              <>
                {t('sync.diskUse', { used: format.bytes(used), quota: format.bytes(quota) })}
                <LinearProgress
                  variant="determinate"
                  value={Math.min(100, (used / Math.max(1, quota)) * 100)}
                  color={used > quota * 0.8 ? 'warning' : 'primary'}
                  aria-label={t('sync.disk')}
                  sx={{ mt: 0.5, borderRadius: '8px', maxWidth: 160 }}
                />
              </>
            )
          }
        />
        <Fact
          label={t('sync.deadLetters')}
          value={
            device.dead_letters > 0 ? (
              <StatusChip tone="warn">{format.number(device.dead_letters)}</StatusChip>
            ) : (
              format.number(0)
            )
          }
        />
      </Box>
      <Part title={t('sync.streams')}>
        <StreamsTable streams={device.streams} zone={zone} />
      </Part>
      <Part title={t('sync.losses')}>
        <LossesTable losses={device.losses} streams={device.streams} zone={zone} />
      </Part>
      <Part title={t('sync.inputs')}>
        <InputsTable inputs={device.inputs} />
      </Part>
      <Part title={t('sync.models')}>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, paddingInline: { xs: 2, sm: 2.5 }, pb: 2 }}>
          {device.models.length === 0 ? (
            <Typography variant="body2" color="textSecondary">
              {t('sync.noModels')}
            </Typography>
          ) : (
            device.models.map((model) => (
              <StatusChip key={model} tone="info">
                {model}
              </StatusChip>
            ))
          )}
        </Box>
      </Part>
      <Typography variant="caption" color="textSecondary" component="p" sx={{ m: 0, paddingInline: { xs: 2, sm: 2.5 }, pb: 2 }}>
        {t('sync.identity', { identity: device.identity, epoch: String(device.epoch) })}
      </Typography>
    </Section>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Box sx={{ borderTop: 1, borderColor: 'divider' }}>
      <Typography variant="h3" sx={{ paddingInline: { xs: 2, sm: 2.5 }, paddingBlock: 1.25 }}>
        {title}
      </Typography>
      {children}
    </Box>
  );
}
