import { useTheme } from '@mui/material/styles';

const WIDTH = 120;
const HEIGHT = 36;

/** The last hours at a glance. Decoration beside a number that is written out. */
export function Sparkline({ points }: { points: number[][] }) {
  const { chart } = useTheme().palette;
  const shown = points.filter((point) => point.length > 1 && Number.isFinite(point[1]));
  if (shown.length < 2) return null;
  const values = shown.map((point) => point[1] as number);
  const times = shown.map((point) => point[0] as number);
  const [from, to] = [times[0] as number, times[times.length - 1] as number];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (at: number) => ((at - from) / (to - from || 1)) * (WIDTH - 6) + 3;
  const y = (value: number) => HEIGHT - 4 - ((value - low) / (high - low || 1)) * (HEIGHT - 10);
  const line = shown.map((_, at) => `${x(times[at] as number).toFixed(1)},${y(values[at] as number).toFixed(1)}`).join(' ');
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%" height={HEIGHT} preserveAspectRatio="none" aria-hidden focusable="false">
      <polygon points={`${x(from)},${HEIGHT} ${line} ${x(to)},${HEIGHT}`} fill={chart.band} stroke="none" />
      <polyline points={line} fill="none" stroke={chart.main} strokeWidth="1.75" strokeLinejoin="round" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
