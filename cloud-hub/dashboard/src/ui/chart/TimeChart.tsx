import { useTheme } from '@mui/material/styles';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { ChartModel } from './model';

export interface TimeChartProps {
  model: ChartModel;
  zone?: string;
  locale: string;
  height: number;
  /** Slot under the cursor, from either side: keyboard here, pointer there. */
  cursor: number | null;
  onCursor: (index: number | null) => void;
  axisFormat: (value: number) => string;
}

/** Canvas only: everything a reader needs without eyes is in `ChartFrame`. */
export default function TimeChart({ model, zone, locale, height, cursor, onCursor, axisFormat }: TimeChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useTheme();
  const onCursorRef = useRef(onCursor);
  onCursorRef.current = onCursor;
  const shape = model.lines.map((line) => `${line.kind}${line.quiet ?? ''}${Boolean(line.low)}`).join();
  const range = model.range;
  const limits = useRef(model.limits);
  limits.current = model.limits;

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const { chart, text } = theme.palette;
    const font = `12px ${theme.typography.fontFamily}`;
    const drawn = model.lines.filter((line) => !line.quiet);
    const series: uPlot.Series[] = [{}];
    const bands: uPlot.Band[] = [];
    for (const line of drawn) {
      series.push(
        line.kind === 'bars'
          ? {
              stroke: chart.bar,
              fill: chart.bar,
              width: 0,
              points: { show: false },
              paths: uPlot.paths.bars?.({ size: [0.62, 48], radius: 0.18 }),
            }
          : { stroke: chart.main, width: 2, points: { show: false }, spanGaps: false },
      );
      if (line.low && line.high) {
        const high = series.push({ stroke: 'transparent', width: 0, points: { show: false } }) - 1;
        const low = series.push({ stroke: 'transparent', width: 0, points: { show: false } }) - 1;
        bands.push({ series: [high, low], fill: chart.band });
      }
    }
    const time = (options: Intl.DateTimeFormatOptions) => {
      const format = new Intl.DateTimeFormat(locale, { timeZone: zone, ...options });
      return (at: number) => format.format(at * 1_000);
    };
    const hour = time({ hour: '2-digit', minute: '2-digit' });
    const day = time({ day: 'numeric', month: 'short' });
    const axis = { stroke: chart.axis, font, grid: { stroke: chart.grid, width: 1 }, ticks: { show: false } };
    const bars = drawn.some((line) => line.kind === 'bars');
    const made = new uPlot(
      {
        width: element.clientWidth || 320,
        height,
        tzDate: (at) => (zone ? uPlot.tzDate(new Date(at * 1_000), zone) : new Date(at * 1_000)),
        legend: { show: false },
        padding: [12, 8, 0, 0],
        cursor: { drag: { x: false, y: false }, y: false, points: { size: 8 } },
        scales: {
          x: {
            time: true,
            range: (_, from, to) => {
              if (!bars) return [from, to];
              const half = model.times.length > 1 ? (to - from) / (model.times.length - 1) / 2 : 1_800;
              return [from - half, to + half];
            },
          },
          y: {
            range: (_, from, to) => {
              if (range) return range;
              const marks = limits.current?.map((limit) => limit.value) ?? [];
              const low = bars ? Math.min(0, from) : Math.min(from ?? Infinity, ...marks);
              const high = Math.max(to ?? -Infinity, ...marks);
              if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
              const room = (high - low || Math.abs(high) || 1) * 0.1;
              return [bars ? low : low - room, high + room];
            },
          },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            space: 64,
            size: 30,
            values: (_, splits, __, ___, step) => splits.map((at) => (step >= 86_400 ? day(at) : hour(at))),
          },
          { ...axis, size: 64, space: 36, values: (_, splits) => splits.map(axisFormat) },
        ],
        series,
        bands,
        hooks: {
          setCursor: [(self) => onCursorRef.current(self.cursor.idx ?? null)],
          draw: [
            (self) => {
              const { ctx, bbox } = self;
              ctx.save();
              ctx.font = `${12 * devicePixelRatio}px ${theme.typography.fontFamily}`;
              for (const limit of limits.current ?? []) {
                const y = self.valToPos(limit.value, 'y', true);
                ctx.strokeStyle = chart.limit;
                ctx.lineWidth = 1.5 * devicePixelRatio;
                ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
                ctx.beginPath();
                ctx.moveTo(bbox.left, y);
                ctx.lineTo(bbox.left + bbox.width, y);
                ctx.stroke();
                ctx.fillStyle = chart.limit;
                ctx.textAlign = 'right';
                ctx.fillText(limit.label, bbox.left + bbox.width - 4 * devicePixelRatio, y - 7 * devicePixelRatio);
              }
              ctx.restore();
            },
          ],
        },
      },
      toData(model),
      element,
    );
    plot.current = made;
    const resize = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height });
    });
    resize.observe(element);
    element.style.setProperty('--cursor', text.secondary);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = null;
    };
    // Data changes go through setData below: the canvas is rebuilt only when its shape or its inks change.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shape, theme, zone, locale, height, axisFormat, range]);

  useEffect(() => {
    plot.current?.setData(toData(model));
  }, [model]);

  useEffect(() => {
    const made = plot.current;
    if (!made || made.cursor.idx === cursor) return;
    if (cursor === null) made.setCursor({ left: -10, top: -10 }, false);
    else made.setCursor({ left: made.valToPos((model.times[cursor] ?? 0) / 1_000, 'x'), top: 0 }, false);
  }, [cursor, model]);

  return <div ref={host} style={{ width: '100%', height, overflow: 'hidden' }} />;
}

function toData(model: ChartModel): uPlot.AlignedData {
  const columns: (number | null)[][] = [model.times.map((at) => at / 1_000)];
  for (const line of model.lines) {
    if (line.quiet) continue;
    columns.push(line.values);
    if (line.low && line.high) columns.push(line.high, line.low);
  }
  return columns as unknown as uPlot.AlignedData;
}
