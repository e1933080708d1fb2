import Skeleton from '@mui/material/Skeleton';
import { useCallback, useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSales, type SalesPoint } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { ChartFrame } from '../../ui/chart/ChartFrame';
import { extremes, type ChartModel } from '../../ui/chart/model';
import { Section } from '../../ui/Section';
import { Notice, QueryView } from '../../ui/states';
import { POLL_MS } from '../poll';
import { useSince } from '../useSince';

export type SalesRange = 'day' | 'week' | 'month';

const SPAN_H: Record<SalesRange, number> = { day: 24, week: 7 * 24, month: 28 * 24 };

/** The hub leaves out hours and days without a sale; the axis does not. A day of a change of clocks is an hour off. */
function spread(points: SalesPoint[], stepMs: number): { at: number; point: SalesPoint | null }[] {
  const slots: { at: number; point: SalesPoint | null }[] = [];
  for (const point of points) {
    const at = Date.parse(point.at);
    for (;;) {
      const next = (slots[slots.length - 1]?.at ?? Infinity) + stepMs;
      if (!(at - next > stepMs / 4)) break;
      slots.push({ at: next, point: null });
    }
    slots.push({ at, point });
  }
  return slots;
}

interface SalesChartProps {
  height?: number;
  storeId?: string;
  zone?: string;
  range: SalesRange;
  actions?: ReactNode;
}

export function SalesChart({ storeId, zone, range, height, actions }: SalesChartProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const from = useSince(SPAN_H[range]);
  const daily = range !== 'day';
  const query = useSales(
    { storeId, from, granularity: daily ? 'day' : 'hour' },
    { pollingInterval: POLL_MS, skipPollingIfUnfocused: true },
  );
  const { data } = query;
  const currency = data?.currency ?? 'EUR';
  const money = useCallback((value: number) => format.money({ amount: value.toFixed(2), currency }), [format, currency]);
  const axis = useCallback((value: number) => format.money({ amount: String(value), currency }, 0), [format, currency]);
  const slot = useCallback(
    (at: number) => format.time(at, daily ? 'day' : 'time', zone),
    [format, daily, zone],
  );
  const model = useMemo<ChartModel>(() => {
    const points = spread(data?.points ?? [], daily ? 86_400_000 : 3_600_000);
    const column = (value: (point: SalesPoint) => number) => points.map(({ point }) => (point ? value(point) : null));
    return {
      times: points.map(({ at }) => at),
      lines: [
        { label: t('sales.revenue'), kind: 'bars', values: column((point) => Number(point.revenue.amount)), format: money },
        { label: t('sales.receipts'), kind: 'bars', quiet: true, values: column((point) => point.receipts), format: format.number },
        { label: t('sales.units'), kind: 'bars', quiet: true, values: column((point) => point.units), format: format.number },
      ],
    };
  }, [data, t, money, format, daily]);

  const title = t(daily ? 'sales.byDay' : 'sales.byHour');
  const revenue = model.lines[0];
  const found = revenue && extremes(revenue);
  const summary = found && revenue
    ? t('sales.summary', {
        slot: slot(model.times[found.highest] as number),
        value: money(revenue.values[found.highest] as number),
      })
    : '';
  const nothing = data && !data.points.some((point) => point.receipts > 0);
  if (!data || nothing) {
    return (
      <Section title={title} asOf={data?.as_of} zone={zone} actions={actions}>
        <QueryView query={query} skeleton={<Skeleton variant="rounded" height={(height ?? 260) + 74} />}>
          {() => <Notice state="empty" icon="inbox" title={t('sales.empty.title')} text={t('sales.empty.text')} />}
        </QueryView>
      </Section>
    );
  }
  return (
    <QueryView query={query} skeleton={null}>
      {() => (
        <ChartFrame
          title={title}
          asOf={data.as_of}
          zone={zone}
          model={model}
          summary={summary}
          slot={slot}
          axisFormat={axis}
          height={height}
          actions={actions}
        />
      )}
    </QueryView>
  );
}
