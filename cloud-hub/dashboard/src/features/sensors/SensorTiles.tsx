import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useSensors, type Sensor, type Store } from '../../api';
import { to } from '../../app/routes';
import { useFormat } from '../../i18n/useFormat';
import { Icon } from '../../ui/icons';
import { Section } from '../../ui/Section';
import { Notice, QueryView, RowsSkeleton } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';
import { POLL_MS } from '../poll';
import { inOrder, standingOf, STANDING_TONE } from './sensorState';

/** The last value of every sensor, with its limits. */
export function SensorTiles({ store }: { store: Store }) {
  const { t } = useTranslation();
  const query = useSensors({ id: store.id }, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  return (
    <Section
      title={t('sensors.title')}
      asOf={query.data?.as_of}
      zone={store.timezone}
      actions={
        <Button component={Link} to={to.store(store.id, 'sensors')} size="small" endIcon={<Icon name="forward" />}>
          {t('sensors.history')}
        </Button>
      }
    >
      <QueryView
        query={query}
        skeleton={<RowsSkeleton rows={4} height={56} />}
        empty={(data) =>
          data.sensors.length === 0 ? <Notice state="empty" icon="inbox" title={t('sensors.empty.title')} text={t('sensors.empty.text')} /> : null
        }
      >
        {(data) => (
          <Box
            component="ul"
            sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 1, gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 132px), 1fr))' }}
          >
            {inOrder(data.sensors, standingOf).map((sensor) => (
              <SensorTile key={sensor.id} sensor={sensor} />
            ))}
          </Box>
        )}
      </QueryView>
    </Section>
  );
}

function SensorTile({ sensor }: { sensor: Sensor }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(5_000);
  const standing = standingOf(sensor);
  const tone = STANDING_TONE[standing];
  const old = sensor.freshness !== 'live' && sensor.latest;
  return (
    <Box
      component="li"
      data-sensor={sensor.id}
      sx={(theme) => ({
        p: 1.25,
        borderRadius: '8px',
        border: `1px solid ${tone === 'bad' || tone === 'warn' ? theme.palette.tone[tone].edge : theme.palette.divider}`,
        minWidth: 0,
      })}
    >
      <Typography variant="caption" color="textSecondary" component="p" sx={{ m: 0 }}>
        {sensor.name}
      </Typography>
      <Typography component="p" sx={{ fontSize: '1.1875rem', fontWeight: 650, lineHeight: 1.35, color: old ? 'text.secondary' : 'text.primary' }}>
        {valueOf(sensor, format, t)}
      </Typography>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', columnGap: 1, alignItems: 'center' }}>
        <StatusChip tone={tone} solid={tone !== 'good'}>
          {t(`sensors.standing.${standing === 'good' && sensor.low === null && sensor.high === null ? 'watched' : standing}`)}
        </StatusChip>
        <Typography variant="caption" color="textSecondary">
          {old && sensor.latest ? format.age(sensor.latest.at, now) : limitsOf(sensor, format, t)}
        </Typography>
      </Box>
    </Box>
  );
}

export function stateOf(measure: 'door' | 'state', value: number, t: TFunction): string {
  if (measure === 'door') return t(value >= 0.5 ? 'sensors.opened' : 'sensors.closed');
  return t(value >= 0.5 ? 'sensors.on' : 'sensors.off');
}

/** A door is open or closed, a switch on or off; everything else is a number with its unit. */
function valueOf(sensor: Sensor, format: ReturnType<typeof useFormat>, t: TFunction): string {
  const value = sensor.latest?.value ?? null;
  if (value === null) return t('noValue');
  if (sensor.measure === 'door' || sensor.measure === 'state') return stateOf(sensor.measure, value, t);
  return format.measure(value, sensor.unit);
}

export function limitsOf(sensor: Pick<Sensor, 'low' | 'high' | 'unit'>, format: ReturnType<typeof useFormat>, t: TFunction): string {
  const low = sensor.low ?? null;
  const high = sensor.high ?? null;
  if (low !== null && high !== null) {
    return t('sensors.between', { low: format.number(low, 1), high: format.measure(high, sensor.unit, true) });
  }
  if (high !== null) return t('sensors.atMost', { high: format.measure(high, sensor.unit, true) });
  if (low !== null) return t('sensors.atLeast', { low: format.measure(low, sensor.unit, true) });
  return '';
}
