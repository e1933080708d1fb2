import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Sensor, Series } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { ChartFrame } from '../../ui/chart/ChartFrame';
import { extremes, lastIndex, type ChartModel } from '../../ui/chart/model';
import { StatusChip } from '../../ui/StatusChip';
import { limitsOf, stateOf } from './SensorTiles';
import { standingOf, STANDING_TONE } from './sensorState';

/** A little air above "open" and below "closed". */
const TWO_STATES: [number, number] = [-0.1, 1.15];

interface SensorChartProps {
  series: Series;
  sensor?: Sensor;
  asOf: string;
  zone: string;
  withDay: boolean;
}

/** Mean as a line, lowest to highest as a band, limits as dashes. */
export function SensorChart({ series, sensor, asOf, zone, withDay }: SensorChartProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { unit } = series;
  const { measure } = series;
  const twoState = measure === 'door' || measure === 'state';
  const show = useCallback(
    (value: number) => (measure === 'door' || measure === 'state' ? stateOf(measure, value, t) : format.measure(value, unit)),
    [measure, format, unit, t],
  );
  const axis = useCallback((value: number) => (twoState && value !== 0 && value !== 1 ? '' : show(value)), [twoState, show]);
  const slot = useCallback((at: number) => format.time(at, withDay ? 'dayTime' : 'time', zone), [format, withDay, zone]);
  const model = useMemo<ChartModel>(() => {
    const column = (at: number) => series.points.map((point) => point[at] ?? null);
    const limits: ChartModel['limits'] = [];
    if (series.high !== null && series.high !== undefined) limits.push({ value: series.high, label: t('sensors.high') });
    if (series.low !== null && series.low !== undefined) limits.push({ value: series.low, label: t('sensors.low') });
    return {
      times: series.points.map((point) => point[0] as number),
      lines: [{ label: t(twoState ? 'sensors.state' : 'sensors.mean'), kind: 'line', low: column(1), values: column(2), high: column(3), format: show }],
      limits,
      range: twoState ? TWO_STATES : undefined,
    };
  }, [series, show, t, twoState]);
  const line = model.lines[0];
  const found = line && extremes(line);
  const limits = limitsOf(series, format, t);
  const last = lastIndex(model);
  const summary = found && line && twoState
    ? t('sensors.summaryState', { state: show(line.values[last] as number) })
    : found && line
    ? t(limits ? 'sensors.summaryLimits' : 'sensors.summary', {
        low: show(line.values[found.lowest] as number),
        high: show(line.values[found.highest] as number),
        at: slot(model.times[found.highest] as number),
        limits,
      })
    : t('sensors.noPoints');
  const standing = sensor && standingOf(sensor);
  return (
    <ChartFrame
      title={series.name}
      asOf={asOf}
      zone={zone}
      model={model}
      summary={summary}
      slot={slot}
      axisFormat={axis}
      height={220}
      actions={
        sensor && standing && standing !== 'good' ? (
          <StatusChip tone={STANDING_TONE[standing]}>{t(`sensors.standing.${standing}`)}</StatusChip>
        ) : undefined
      }
    />
  );
}
