import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { useHealth, type HealthDetail } from '../../../api';
import { useFormat } from '../../../i18n/useFormat';
import { Section } from '../../../ui/Section';
import { Notice, QueryView, RowsSkeleton } from '../../../ui/states';
import { useNow } from '../../../ui/useNow';
import { Fact } from '../../stores/StoreTable';
import { LeavingTable } from './LeavingTable';
import { OutsideTable } from './OutsideTable';

const POLL_MS = 10_000;
const DATABASES = ['sqlite', 'postgres'] as const;
const CACHES = ['off', 'memory', 'redis'] as const;

/** How the hub's own parts stand, as it says itself. */
export default function SystemTab() {
  const { t } = useTranslation('system');
  const query = useHealth(undefined, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  const asOf = query.data?.as_of;
  const now = useNow(10_000);
  return (
    <Box sx={{ display: 'grid', gap: { xs: 1.5, md: 2 } }}>
      <Section title={t('title')} asOf={asOf}>
        <QueryView query={query} skeleton={<RowsSkeleton rows={4} height={56} />}>
          {(health) => <Parts health={health} />}
        </QueryView>
      </Section>
      {query.data && (
        <Section title={t('outside.title')} asOf={asOf} flush>
          {query.data.outside.length > 0 ? (
            <OutsideTable outside={query.data.outside} asOf={query.data.as_of} />
          ) : (
            <Notice state="empty" icon="link" title={t('outside.empty.title')} text={t('outside.empty.text')} />
          )}
        </Section>
      )}
      {query.data && (
        <Section title={t('leaving.title')} asOf={asOf} flush>
          <LeavingTable leaving={query.data.leaving} now={now} />
        </Section>
      )}
    </Box>
  );
}

function Parts({ health }: { health: HealthDetail }) {
  const { t } = useTranslation('system');
  const format = useFormat();
  const now = useNow(10_000);
  const { cache } = health;
  const database = DATABASES.find((each) => each === health.database);
  const kind = CACHES.find((each) => each === cache.kind);
  const fine = health.status === 'ok';
  const at = format.time(health.as_of, 'seconds');
  return (
    <Box sx={{ display: 'grid', gap: 2 }}>
      <Alert severity={fine ? 'success' : 'warning'} variant="outlined" role="status" data-health={health.status}>
        {t(fine ? 'ok' : 'degraded', { at })}
      </Alert>
      <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(2, minmax(0, 1fr))', lg: 'repeat(3, minmax(0, 1fr))' }, gap: 2, m: 0 }}>
        <Fact label={t('database')} value={database ? t(`databases.${database}`) : health.database} />
        <Fact label={t('cache.label')} value={kind ? t(`cache.kind.${kind}`) : cache.kind} />
        {cache.kind !== 'off' && <Fact label={t('cache.hits')} value={t('cache.both', { hits: format.number(cache.hits), fills: format.number(cache.fills) })} />}
        <Fact label={t('rollUp')} value={health.minutes_to_roll_up > 0 ? t('minutes', { count: health.minutes_to_roll_up, number: format.number(health.minutes_to_roll_up) }) : t('nothing')} />
        <Fact label={t('copy')} value={health.readings_to_copy > 0 ? t('readings', { count: health.readings_to_copy, number: format.number(health.readings_to_copy) }) : t('nothing')} />
        {health.oldest_to_copy && <Fact label={t('oldest')} value={t('oldestAt', { at: format.moment(health.oldest_to_copy, 'seconds', now), age: format.age(health.oldest_to_copy, now) })} />}
      </Box>
      <Typography variant="caption" color="textSecondary">
        {t('read', { at })}
      </Typography>
    </Box>
  );
}
