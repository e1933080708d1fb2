import Box from '@mui/material/Box';
import Skeleton from '@mui/material/Skeleton';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useSensors, useTelemetry, type Store } from '../../api';
import { Choice } from '../../ui/Choice';
import { Notice, QueryView } from '../../ui/states';
import { SensorChart } from '../sensors/SensorChart';
import { inOrder } from '../sensors/sensorState';
import { useSince } from '../useSince';

const SPAN_H = { hours6: 6, day: 24, week: 168 } as const;
type Span = keyof typeof SPAN_H;
const SPANS = Object.keys(SPAN_H) as Span[];
/** About two a pixel of a half-width chart. */
const POINTS = 400;

/** What every sensor measured, with its spread and its limits. */
export default function SensorsTab({ store }: { store: Store }) {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const span = SPANS.find((each) => each === params.get('span')) ?? 'day';
  const from = useSince(SPAN_H[span]);
  const sensors = useSensors({ id: store.id });
  const query = useTelemetry({ id: store.id, from, points: POINTS }, { pollingInterval: 60_000, skipPollingIfUnfocused: true });
  const skeleton = (
    <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: { xs: '1fr', lg: '1fr 1fr' } }}>
      {[0, 1, 2, 3].map((at) => (
        <Skeleton key={at} variant="rounded" height={300} />
      ))}
    </Box>
  );
  return (
    <Box sx={{ display: 'grid', gap: { xs: 1.5, md: 2 } }}>
      <Box>
        <Choice
          label={t('period.label')}
          value={span}
          onChange={(next) => setParams({ span: next }, { replace: true })}
          options={SPANS.map((each) => ({ value: each, label: t(`period.${each}`) }))}
        />
      </Box>
      <QueryView
        query={query}
        skeleton={skeleton}
        empty={(data) =>
          data.series.length === 0 ? <Notice state="empty" icon="inbox" title={t('sensors.empty.title')} text={t('sensors.empty.text')} /> : null
        }
      >
        {(data) => (
          <Box
            sx={{
              display: 'grid',
              gap: { xs: 1.5, md: 2 },
              gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: 'repeat(2, minmax(0, 1fr))' },
            }}
          >
            {inOrder(data.series).map((series) => (
              <SensorChart
                key={series.sensor}
                series={series}
                sensor={sensors.data?.sensors.find((each) => each.id === series.sensor)}
                asOf={data.as_of}
                zone={store.timezone}
                withDay={span === 'week'}
              />
            ))}
          </Box>
        )}
      </QueryView>
    </Box>
  );
}
